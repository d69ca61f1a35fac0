// Package election elects one leader among the members of a store's namespace
// for a singleton task, and tells everybody who it is.
//
// Run is the short way: it calls a function whenever this process leads.
//
//	err := election.Run(ctx, node, "nightly-billing", func(ctx context.Context, term election.Term) error {
//		return bill(ctx, term.Token())
//	})
//
// Campaign and Resign give the same in steps. Lookup and Observe tell who
// leads, from any process, without joining.
//
// # Guarantee
//
// A term's context is done before anybody else can lead, as long as the
// assumptions of docs/guarantees.md hold; Term.Check compares the clock with
// the trust window right now, for a process that may have been stopped. The
// term's token is larger than that of every earlier term, so that a resource
// which remembers the largest token can refuse a leader of the past even if
// the assumptions fail.
//
// # What happens when
//
//   - The leader resigns: it releases the claim and names a candidate, who
//     takes it at once; the others wait.
//   - The leader dies: its deputies, a few candidates that it named in the
//     claim, try as soon as its session is gone; all others wait a random part
//     of a TTL. Of 1,000 candidates a handful write.
//   - The leader loses its session: its context is done, and the node campaigns
//     again by itself with a new session.
//
// An election costs no renewals of its own: the node's one session keeps every
// term alive.
package election
