// Package model explores every behaviour of small clusters, breadth first: two
// nodes, one or two keys, a few claim changes, two sessions for each node, at
// most two writes in flight. It runs the pure functions that the library runs,
// claim.Decide, Continue, Settle, Ended, Returned and Annotate, and around them
// what package membership does: one call for each key at a time, answers that
// are processed late, a pending write sent again, a drained claim kept until
// the plan was read again.
//
// # What the world may do
//
// Wishes are chosen anew at each decision. That stands for any number of
// coordinators that write plans in any order from views of any age. A write can
// land late, after its node gave up waiting, or never, or twice; its answer can
// be lost. A Read sees the store at one moment and is processed at any later
// one. A hint only causes a Read, and Reads are always possible. Callbacks
// return at any time. A session ends at any moment and another is opened,
// while writes of the first are in flight and its callbacks run. The timing rule
// is assumed: a session dies only after its node stopped trusting it.
//
// # What must hold
//
// Two nodes never run one key under trusted sessions. Tokens of starts rise
// strictly for each key. Nothing starts beside an older callback of that key on
// that node. And from every state that can be reached, once faults end, the
// plans of plan.Make lead to the wanted node running each key.
//
// Package sharing below looks at a whole group from further away: elections,
// coordinators, reservations. Package timed looks at the trust window.
//
// Broken variants of the rule show that the check can fail: each must break one
// of these.
package model
