package rebalance

import "fmt"

// Plan is the result of Compute.
type Plan struct {
	// Owner is the owner of each partition after the plan, or NoOwner.
	Owner []int32
	// Moves are the differences from Input.Owner, ordered by partition.
	Moves []Move
	// Certificate shows how good the plan is.
	Certificate Certificate
	// Problems are the wishes that could not be granted, ordered by kind,
	// partition and member.
	Problems []Problem
}

// Move is one partition that changes its owner. From NoOwner, it is the placement
// of an orphan; To NoOwner, its owner may not keep it and nobody may take it.
type Move struct {
	Partition, From, To int32
	Reason              Reason
}

// Reason says why a partition moves.
type Reason uint8

// The reasons. Where several apply, the later one in this list is told, but
// ReasonZone only where no other does.
const (
	ReasonBalance  Reason = iota // its owner has more than its share or its cap
	ReasonDrain                  // its owner drains
	ReasonExcluded               // its owner may not own it
	ReasonOrphan                 // it has no owner
	ReasonPin                    // it is pinned to another member
	ReasonZone                   // it belongs into the zone of another member
)

// String returns one lower-case word.
func (r Reason) String() string {
	switch r {
	case ReasonBalance:
		return "balance"
	case ReasonDrain:
		return "drain"
	case ReasonExcluded:
		return "excluded"
	case ReasonOrphan:
		return "orphan"
	case ReasonPin:
		return "pin"
	case ReasonZone:
		return "zone"
	}
	return fmt.Sprintf("Reason(%d)", uint8(r))
}

// Certificate proves how few moves a plan makes, and how even it is.
type Certificate struct {
	// Moves counts the moves of partitions that have an owner.
	Moves int
	// LowerBound is the least number of such moves of any plan that grants the
	// same pins, exclusions, drains and caps and is as even. Where exclusions
	// make the shares unreachable it counts only the moves that these wishes
	// force, without those that evenness asks for.
	LowerBound int
	// MovedLoad is the load of these moves; without Weights each partition is 1.
	MovedLoad int64
	// LoadBound is the least load that any plan moves which grants the same wishes
	// and brings every member inside its bounds; where it was possible to try them all, it
	// is the very least. Where no plan can, Problems say so, and MovedLoad may be less.
	LoadBound int64
	// Deferred counts the moves that Input.Budget leaves for later plans.
	Deferred int
	// Placed counts the orphans that get an owner.
	Placed int
	// Unowned counts the partitions without an owner after the plan, other than
	// frozen ones.
	Unowned int
	// Exact says that partitions were shared out by number, and no exclusion or label
	// was in force. Then Moves and Deferred together equal LowerBound.
	Exact bool
	// Before and After tell how uneven the ownership is.
	Before, After Spread
}

// Spread is how far members are from their fair shares, in partitions; zero is
// as even as can be. A fair share is a fraction: being one of the two whole numbers
// around it counts as zero. Caps, pins and frozen partitions are part of the share.
type Spread struct {
	Over  int // how far the worst member is above its share
	Under int // how far the worst member is below its share
}
