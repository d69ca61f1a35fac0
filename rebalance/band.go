package rebalance

import (
	"cmp"
	"math/bits"
	"slices"
)

// bounds is what a member should carry: from low to high, in units of load. Where no
// whole number is that near to the share, low is above high.
type bounds struct {
	share     int64
	low, high int64
	zone      int64 // the most for the sake of a zone
}

// distance is how far a load is outside.
func (b *bounds) distance(load int64) int64 {
	return max(0, load-b.high) + max(0, b.low-load)
}

// sharer computes fair shares of load: in proportion to capacity, of what is left when
// those that cannot have such a share are set aside. That are members whose fixed
// partitions are more than their share, members whose cap cuts it off, counted in
// partitions of mean weight, and for each partition that is heavier than any band
// allows the member of the largest capacity. All this depends on the wishes and the
// weights, not on who owns what, so planning again finds the same shares.
type sharer struct {
	*balancer
	open     []int32 // members with a proportional share, the largest capacity first
	heavy    []item  // free partitions, the heaviest first, as far as they are known
	giants   int     // how many of heavy are set aside
	closed   int64   // load of members that are set aside
	rest     int64   // load for the others
	capacity int64   // of the others
	total    int64   // all load that live members can carry
	count    int64   // its partitions
	heaviest int64
	fixed    []int64 // by member: load of fixed partitions
}

func newSharer(b *balancer) *sharer {
	s := &sharer{balancer: b, fixed: make([]int64, len(b.seats))}
	for i := range b.owner {
		w := b.weight(int32(i))
		switch {
		case !b.planner.fixed[i]:
			s.heaviest = max(s.heaviest, w)
		case b.owner[i] == NoOwner:
			continue
		default:
			s.fixed[b.owner[i]] += w
			if b.seats[b.owner[i]].closed {
				continue
			}
		}
		s.total += w
		s.count++
	}
	for m := range b.seats {
		if !b.seats[m].closed {
			s.open = append(s.open, int32(m))
		}
	}
	slices.SortStableFunc(s.open, func(a, c int32) int { return cmp.Compare(b.seats[c].weight, b.seats[a].weight) })
	return s
}

// share sets the bounds of all members.
func (s *sharer) share() {
	for m := range s.bounds {
		s.bounds[m] = bounds{s.mass[m], s.mass[m], s.mass[m], s.mass[m]} // of closed ones
	}
	for s.sum(); s.closeSome() || s.setAside(); s.sum() {
	}
	for _, m := range s.open {
		s.bounds[m] = s.around(s.rest, s.seats[m].weight, s.capacity)
	}
	for _, it := range s.heavy[:s.giants] {
		s.report(ProblemHeavyPartition, Fix{it.partition, NoOwner}, 1)
	}
}

// sum counts what is left for the others.
func (s *sharer) sum() {
	s.giants = min(s.giants, max(0, len(s.open)-1))
	s.rest, s.capacity = s.total-s.closed, 0
	for i, m := range s.open {
		if i < s.giants {
			s.rest -= s.heavy[i].weight
		} else {
			s.capacity += s.seats[m].weight
		}
	}
}

// closeSome sets members aside that have too much or else, if there are none, that
// have too small a cap, and reports whether there were any.
func (s *sharer) closeSome() bool {
	before := len(s.open)
	for _, capped := range []bool{false, true} {
		if len(s.open) < before {
			break
		}
		s.open = slices.DeleteFunc(s.open, func(m int32) bool {
			share := scale(s.rest, s.seats[m].weight, s.capacity)
			cut, most := s.fixed[m], int64(s.in.Members[m].Cap)
			if capped {
				cut = max(cut, scale(s.total, min(most, s.count), s.count))
			}
			if capped && (most == 0 || cut >= share) || !capped && cut <= share {
				return false
			}
			s.bounds[m] = s.around(cut, 1, 1)
			s.closed += cut
			return true
		})
	}
	return len(s.open) < before
}

// setAside takes one member out for each partition that is too heavy for all.
func (s *sharer) setAside() bool {
	if s.in.Weights == nil {
		return false
	}
	before := s.giants
	for s.giants < len(s.open)-1 {
		large := s.seats[s.open[s.giants]].weight
		limit := scale(s.rest, large*int64(1000+s.band), s.capacity*1000)
		if s.heaviest <= limit {
			break
		}
		if s.giants == len(s.heavy) && !s.moreHeavy(limit) {
			break
		}
		w := s.heavy[s.giants].weight
		if w <= limit {
			break
		}
		s.giants++
		s.rest -= w
		s.capacity -= large
	}
	return s.giants > before
}

// moreHeavy lists all free partitions above the limit; false: there are no more.
func (s *sharer) moreHeavy(limit int64) bool {
	known := len(s.heavy)
	s.heavy = s.heavy[:0]
	for i := range s.owner {
		if w := s.weight(int32(i)); !s.planner.fixed[i] && w > limit {
			s.heavy = append(s.heavy, item{w, int32(i)})
		}
	}
	heaviestFirst(s.heavy)
	return len(s.heavy) > known
}

// around gives the bounds around the share load·part/whole.
func (b *balancer) around(load, part, whole int64) bounds {
	slack := int64(b.in.ZoneSlack)
	e := bounds{
		share: scale(load, part, whole),
		high:  scale(load, part*int64(1000+b.band), whole*1000),
		low:   scaleUp(load, part*int64(1000-b.band), whole*1000),
		zone:  scale(load, part*(1000+slack), whole*1000),
	}
	e.zone = min(e.zone, e.high)
	return e
}

// scale returns a·b/c rounded down, exactly, where that is at most 64 bits; 0 if c is 0.
func scale(a, b, c int64) int64 {
	if c == 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(max(a, 0)), uint64(b))
	quotient, _ := bits.Div64(high, low, uint64(c))
	return int64(quotient)
}

// scaleUp is scale, rounded up.
func scaleUp(a, b, c int64) int64 {
	if c == 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(max(a, 0)), uint64(b))
	quotient, remainder := bits.Div64(high, low, uint64(c))
	if remainder > 0 {
		quotient++
	}
	return int64(quotient)
}

// fuller compares two loads in proportion to capacities.
func fuller(loadA, capacityA, loadB, capacityB int64) int {
	if capacityA == capacityB {
		return cmp.Compare(loadA, loadB)
	}
	highA, lowA := bits.Mul64(uint64(loadA), uint64(capacityB))
	highB, lowB := bits.Mul64(uint64(loadB), uint64(capacityA))
	return cmp.Or(cmp.Compare(highA, highB), cmp.Compare(lowA, lowB))
}
