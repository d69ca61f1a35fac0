// Package sharing explores every behaviour of a small group, breadth first: two
// members, two partitions, coordinators that come and go, plans that land late,
// reservations. It runs plan.Make, Plan.Serves and Order.Before, which the
// library runs, and asks one thing: does every partition come to an owner? That
// no partition has two is the business of internal/model, on one level below;
// here a claim is written in one step.
//
// # What the world may do
//
// A member crashes, comes back with another session, or leaves, with a
// reservation or without. The group's coordinator is elected: whoever lives may
// become it when the last one has died or resigned, and it may resign at any
// time. It plans from what is there now; each plan is a write of its own by
// compare-and-set, which lands at any later time, also after its coordinator's
// death, or never. A member reads its plan at any time and acts on it, one
// partition at a time. A leaver gives up waiting for plans at any time.
//
// # What must hold
//
// No orphan: from every state that can be reached, once the faults end and the
// reservations have run out, every partition is soon run by a live member that
// stays, if there is one, and nothing is written any more.
//
// Broken variants show that the check can fail.
package sharing
