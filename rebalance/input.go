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

// MaxWeight is the largest weight of a partition, and MaxLoad the most that all
// weights together may be.
const (
	MaxWeight = 1 << 40
	MaxLoad   = 1 << 60
)

// DefaultBand is the Input.Band that 0 stands for: 5% to either side.
const DefaultBand = 50

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
	// Away says that the member is expected back: it keeps what it owns and may
	// own, even above its share or cap, and gets nothing new. Drain outranks it.
	Away bool
	// Labels is the set of properties of the member, one bit each; see Input.Needs.
	Labels uint64
	// Zone is where the member is: 0 or more, or -1 for nowhere; see Input.Zones.
	Zone int32
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
	// Weights is the load that each partition is, from 0 to MaxWeight and at most
	// MaxLoad together, in any unit. With it members share load instead of numbers
	// of partitions. nil: all partitions are alike.
	Weights []int64
	// Band is how far the load of a member may be from its fair share, in
	// thousandths of the share, from 1 to 1000; 0 means DefaultBand. It has no
	// meaning without Weights.
	Band int
	// Needs is the set of labels that a member must have to own each partition. The
	// others count as excluded. nil: none.
	Needs []uint64
	// Zones is the zone that each partition should be owned in: 0 or more, or -1 for
	// no preference. It is a wish that eligibility, caps and shares outrank. nil: no
	// preferences.
	Zones []int32
	// ZoneSlack is how far above its fair share a member may be for the sake of
	// Zones, in thousandths of the share, from 0 to 1000. With Weights the band is
	// the limit where that is less. It has no meaning without Zones.
	ZoneSlack int
	// Budget limits the moves of partitions that have an owner; 0 means no limit.
	// Partitions whose owner may not own them come first, and move even beyond the
	// budget; then pins, drains, caps, and what makes the group more even, the most
	// useful first. Placing orphans does not count. An exchange of several
	// partitions needs a budget for all of them.
	Budget int
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
		if m.Zone < -1 {
			return fmt.Errorf("%w: member %d has zone %d; give -1 for none, or at least 0", ErrInvalidInput, i, m.Zone)
		}
		if m.Cap < 0 {
			return fmt.Errorf("%w: member %d has cap %d; give 0 for no cap, or at least 1", ErrInvalidInput, i, m.Cap)
		}
	}
	if err := in.validateLists(); err != nil {
		return err
	}
	for p, owner := range in.Owner {
		if owner < NoOwner || int(owner) >= len(in.Members) {
			return fmt.Errorf("%w: partition %d has owner %d; give NoOwner (-1) or the index of one of %d members",
				ErrInvalidInput, p, owner, len(in.Members))
		}
	}
	return nil
}

// validateLists checks the lists by partition and the numbers that go with them.
func (in *Input) validateLists() error {
	for _, list := range []struct {
		name   string
		length int
	}{{"weights", len(in.Weights)}, {"needs", len(in.Needs)}, {"zones", len(in.Zones)}} {
		if list.length > 0 && list.length != len(in.Owner) {
			return fmt.Errorf("%w: %d %s for %d partitions; give none, or one for each",
				ErrInvalidInput, list.length, list.name, len(in.Owner))
		}
	}
	for _, number := range []struct {
		name        string
		value, most int
	}{{"band", in.Band, 1000}, {"zone slack", in.ZoneSlack, 1000}, {"budget", in.Budget, math.MaxInt}} {
		if number.value < 0 || number.value > number.most {
			return fmt.Errorf("%w: %s %d; give 0 to %d", ErrInvalidInput, number.name, number.value, number.most)
		}
	}
	total := int64(0)
	for p, weight := range in.Weights {
		if weight < 0 || weight > MaxWeight {
			return fmt.Errorf("%w: partition %d has weight %d; give 0 to %d", ErrInvalidInput, p, weight, int64(MaxWeight))
		}
		if total += weight; total > MaxLoad {
			return fmt.Errorf("%w: the weights up to partition %d add up to %d; the limit is %d", ErrInvalidInput, p, total, int64(MaxLoad))
		}
	}
	for p, zone := range in.Zones {
		if zone < -1 {
			return fmt.Errorf("%w: partition %d has zone %d; give -1 for no preference, or at least 0", ErrInvalidInput, p, zone)
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
