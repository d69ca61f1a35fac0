package rebalance

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// NoOwner marks a partition without a live owner: an orphan.
const NoOwner int32 = -1

// MaxCapacity is the largest Member.Capacity. It keeps every product of a
// capacity and a number of partitions inside 64 bits.
const MaxCapacity = 1_000_000

// ErrInvalidInput is wrapped by every error of Compute. It means that the input
// contradicts its own shape; a wish that cannot be granted is a Problem instead.
var ErrInvalidInput = errors.New("rebalance: invalid input")

// Member is one that may own partitions. Its identity is its index in
// Input.Members.
type Member struct {
	// Capacity is the relative share of the member: 2 gets twice as many
	// partitions as 1. 0 means 1. More than MaxCapacity is an error.
	Capacity int
	// Cap is the most partitions it may own; 0 means no cap.
	Cap int
	// Drain says that it must own nothing: its partitions move away. They stay
	// while nobody can take them, and a Problem says so.
	Drain bool
}

// Fix names one partition and one member, for Input.Pins and Input.Exclusions.
type Fix struct{ Partition, Member int32 }

// Input is all that Compute looks at. It is not changed.
type Input struct {
	// Members may be empty.
	Members []Member
	// Owner is the current owner of each partition, or NoOwner; its length is
	// the number of partitions.
	Owner []int32
	// Pins ask for an owner whatever that does to the balance. A pin that cannot
	// be granted is reported, and its partition is planned as if it had none. The
	// order of the list does not matter; no pair may occur twice.
	Pins []Fix
	// Exclusions say that a member may not own a partition, not even one that it
	// owns now. The order does not matter; no pair may occur twice.
	Exclusions []Fix
	// Frozen partitions stay exactly as they are, whatever pins, exclusions,
	// drains and caps say. Owned ones count for their owner; orphans count for
	// nobody and are no problem. The order does not matter; no index may occur
	// twice.
	Frozen []int32
}

// validate finds what Compute cannot give a meaning to.
func (in *Input) validate() error {
	if len(in.Owner) > math.MaxInt32 || len(in.Members) > math.MaxInt32 {
		return fmt.Errorf("%w: %d partitions and %d members; the limit of each is %d",
			ErrInvalidInput, len(in.Owner), len(in.Members), math.MaxInt32)
	}
	for i, m := range in.Members {
		if m.Capacity < 0 || m.Capacity > MaxCapacity {
			return fmt.Errorf("%w: member %d has capacity %d; give 0 (which means 1) to %d",
				ErrInvalidInput, i, m.Capacity, MaxCapacity)
		}
		if m.Cap < 0 {
			return fmt.Errorf("%w: member %d has cap %d; give 0 for no cap, or at least 1", ErrInvalidInput, i, m.Cap)
		}
	}
	for p, owner := range in.Owner {
		if owner < NoOwner || int(owner) >= len(in.Members) {
			return fmt.Errorf("%w: partition %d has owner %d; give NoOwner (-1) or the index of one of %d members",
				ErrInvalidInput, p, owner, len(in.Members))
		}
	}
	return nil
}

// sortedFixes returns a sorted copy, after a check of its indexes.
func (in *Input) sortedFixes(what string, fixes []Fix) ([]Fix, error) {
	for _, f := range fixes {
		if f.Partition < 0 || int(f.Partition) >= len(in.Owner) || f.Member < 0 || int(f.Member) >= len(in.Members) {
			return nil, fmt.Errorf("%w: %s of partition %d and member %d; there are %d partitions and %d members",
				ErrInvalidInput, what, f.Partition, f.Member, len(in.Owner), len(in.Members))
		}
	}
	sorted := slices.Clone(fixes)
	slices.SortFunc(sorted, func(a, b Fix) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Member, b.Member))
	})
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return nil, fmt.Errorf("%w: %s of partition %d and member %d is given twice; give it once",
				ErrInvalidInput, what, sorted[i].Partition, sorted[i].Member)
		}
	}
	return sorted, nil
}
