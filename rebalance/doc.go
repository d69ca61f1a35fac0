// Package rebalance plans who should own which partition. It is pure: no input or
// output, no clock, no randomness, integer arithmetic only. Equal inputs give plans
// that are equal to the byte, on every machine. Partitions and members are indexes.
//
//	plan, err := rebalance.Compute(rebalance.Input{
//		Members: []rebalance.Member{{}, {}, {Capacity: 2}},        // the third one is new
//		Owner:   []int32{0, 0, 0, 0, 1, 1, 1, rebalance.NoOwner}, // by partition
//	})
//	if err != nil {
//		return err // the input is malformed: errors.Is(err, rebalance.ErrInvalidInput)
//	}
//	for _, m := range plan.Moves {
//		fmt.Println(m.Partition, m.From, "→", m.To, m.Reason)
//	}
//
// # Shares
//
// P partitions are shared in proportion to capacities: a member's fair share is a
// fraction, and it gets one of the two whole numbers around it, lo ≤ owned ≤ hi. With
// equal capacities no two members differ by more than one. A cap cuts a share off; what
// is frozen or pinned at a member is the least it has; the others share the rest. The
// last partitions, that make hi of lo, go first to members that own them already, then
// by largest remainder, then to those that own most, then by index.
//
// # Moves
//
// Planning always starts from the current owners, and an even group is left alone.
// For c partitions owned by a member, and U orphans, at least
//
//	max( Σ max(0, c−hi), Σ max(0, lo−c) − U )
//
// partitions that have an owner must move: all that is above hi must leave, and each
// hole below lo that no orphan fills takes a move. A draining member has hi = 0. Moves
// that pins and exclusions force come on top. Without exclusions the plan makes exactly
// that many, and Certificate says so.
//
// # Weights
//
// With Weights, members share load instead of numbers: a member's fair share is its part
// of all load, and its bounds are Band to either side. Who is inside stays so. A plan
// begins with what owners have. What needs a place goes to the member with the least
// load, the heaviest partition first (Graham's rule of the longest processing time).
// Members above their bounds give away the heaviest partitions that fit, members below
// get such, two members exchange partitions, and at last all partitions of a few members
// are tried in every way that a bounded search finds. Moves that were of no use in the
// end are taken back. How little load has to move is a hard problem (Aggarwal, Motwani
// and Zhu, "The load rebalancing problem", 2006); Certificate.LoadBound tells how far a
// plan may be from the least. Where there are no more than 48 partitions, a plan that
// moves less is searched for; when that search comes to its end, the bound is what moves.
//
// A partition that is heavier than the band of any member is reported, and the shares
// of the others are those without it and the member that carries it.
//
// # Zones, labels, members that are away
//
// Zones are wishes: a partition goes where it is at home as long as that brings nobody
// further out of the bounds, or above a share by more than ZoneSlack. Labels are
// conditions, like exclusions. A member that is Away keeps what it owns, so that a
// restart under the same name moves nothing.
//
// # A budget
//
// With Budget a plan is cut to its most useful moves. Planning again from there goes on
// with the rest.
//
// # When not everything is possible
//
// No plan breaks an exclusion or a cap, or moves a frozen partition; only what is frozen
// may exceed a cap. A frozen partition is left alone by pins too. If the caps leave too
// little room, as many partitions as possible have an owner: a draining member keeps
// what nobody can take, then orphans stay orphans, and only then does a member above its
// cap drop a partition to nobody. Problems tell what could not be done.
//
// # What is exact under exclusions
//
// Where exclusions do not keep the members from their shares, shares are as above.
// Else a partition still has no owner only if the members that it could have come to,
// also by moving others out of the way, are all at their caps; and the loads are
// optimal: nothing is above its share, or below, that could be evened out by any
// chain of moves. The number of moves is small, but not proven minimal, so
// Certificate.Moves may exceed LowerBound, and Exact is false.
package rebalance
