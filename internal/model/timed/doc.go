// Package timed explores every behaviour of the trust window within bounds,
// breadth first: one node with a session that it renews, a store that lets the
// session expire and grants the node's claim to another one that asks for it,
// and all that time can do between them. It runs the functions of package trust,
// which the library runs.
//
// # What the world may do
//
// Time passes in steps. The node's clock runs slower or faster than the store's
// in each of them, within the bound of A2. A renewal is sent whenever the window
// is open; it reaches the store at any later time or never, and its answer comes
// at any later time or never, also after the next one's. The process is stopped
// and goes on at any moment: meanwhile it runs no timer, sends nothing and
// hears nothing. Timers fire late, by less than the margin. The store's
// clock is stepped forward once, if the variant says so. The node leaves: its
// session is closed. And at any moment the other node asks for the claim with
// IfDead, which the store grants once the session has expired or was closed;
// from then on the session is dead.
//
// # What must hold
//
// S2: when the claim was granted to the other, Check does not answer nil any
// more. So Check right before an effect keeps two nodes apart, whatever was
// stopped, and when. S3: the contexts of a process that runs have ended by then.
// S4: what Check has called lost never becomes valid again, and no renewal is
// sent after the window.
//
// Broken variants show that each part of the rule is needed, and the assumption
// about clocks as well.
package timed
