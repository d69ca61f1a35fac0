package replay

import "github.com/tenure-go/tenure/internal/rivals"

// band is how far from its fair share a load may be, in thousandths: the default of the
// planner of this library.
const band = 50

// share is what one member has, and what it should have.
type share struct {
	capacity  int64
	owned     int64 // partitions
	load      int64
	lo, hi    int64 // the least and the most partitions
	low, high int64 // the least and the most load; of no meaning without weights
}

// shares is the state of a group. All sums in this file are made anew, apart from those of
// package rebalance: they are what its plans are judged by.
type shares struct {
	list                []share // of the members that planners count on
	weighted            bool
	capacity            int64 // of the list
	partitions, load    int64 // all that is shared
	draining, drainLoad int64 // of this, with members that are leaving
	orphans, orphanLoad int64 // and without an owner
}

// shares counts who has what. What a member that is away has is without an owner, or left
// out for a planner that waits.
func (f *fleet) shares(owner []int32, waits bool) *shares {
	s := &shares{weighted: f.weights != nil}
	index := make([]int32, len(f.members))
	for _, i := range f.present {
		if m := &f.members[i]; m.counted() {
			index[i] = int32(len(s.list))
			s.list = append(s.list, share{capacity: int64(m.capacity)})
			s.capacity += int64(m.capacity)
		}
	}
	for p, i := range owner {
		load := f.load(p)
		switch {
		case i == rivals.NoOwner || f.members[i].state == away && !waits:
			s.orphans++
			s.orphanLoad += load
		case f.members[i].state == away:
			continue
		case f.members[i].state == leaving:
			s.draining++
			s.drainLoad += load
		default:
			s.list[index[i]].owned++
			s.list[index[i]].load += load
		}
		s.partitions++
		s.load += load
	}
	for i := range s.list {
		one := &s.list[i]
		one.lo, one.hi = around(s.partitions, one.capacity, s.capacity)
		one.low, one.high = s.bounds(one.capacity, band)
	}
	return s
}

// bounds are so many thousandths below and above the fair share of a capacity. Where no
// whole number is between them, low is above high.
func (s *shares) bounds(capacity, thousandths int64) (low, high int64) {
	_, low = around(s.load*(1000-thousandths), capacity, s.capacity*1000)
	high, _ = around(s.load*(1000+thousandths), capacity, s.capacity*1000)
	return low, high
}

// around returns total·part/whole rounded down and up. The product itself may be too large
// for 64 bits.
func around(total, part, whole int64) (down, up int64) {
	quotient, rest := total/whole, total%whole
	down = quotient*part + rest*part/whole
	if up = down; rest*part%whole > 0 {
		up++
	}
	return down, up
}

// minimum is the least number of partitions with an owner that must move until the group is
// even: all that is above hi or with members that are leaving, and what is missing below lo
// once the orphans are used up. No plan moves less, and some plan moves no more.
func (s *shares) minimum() int64 {
	if len(s.list) == 0 {
		return 0
	}
	surplus, lack := s.draining, -s.orphans
	for i := range s.list {
		surplus += max(0, s.list[i].owned-s.list[i].hi)
		lack += max(0, s.list[i].lo-s.list[i].owned)
	}
	return max(surplus, lack)
}

// loadMinimum is the least load that must move until every member is inside its band. No
// plan moves less; the weights may be such that none gets there.
func (s *shares) loadMinimum() int64 {
	if len(s.list) == 0 {
		return 0
	}
	surplus, lack := s.drainLoad, -s.orphanLoad
	for i := range s.list {
		surplus += max(0, s.list[i].load-s.list[i].high)
		lack += max(0, s.list[i].low-s.list[i].load)
	}
	return max(surplus, lack)
}

// even reports whether every member has its share: to within one partition, or inside the
// band.
func (s *shares) even() bool {
	for i := range s.list {
		one := &s.list[i]
		if !s.weighted && (one.owned < one.lo || one.owned > one.hi) ||
			s.weighted && (one.load < one.low || one.load > one.high) {
			return false
		}
	}
	return true
}

// ratio is the load of the fullest member as a multiple of the mean, in proportion to
// capacities; 1 if nobody has any.
func (s *shares) ratio() float64 {
	fullest, load := 0.0, int64(0)
	for i := range s.list {
		fullest = max(fullest, float64(s.list[i].load)/float64(s.list[i].capacity))
		load += s.list[i].load
	}
	if load == 0 {
		return 1
	}
	return fullest / (float64(load) / float64(s.capacity))
}

// spread is how far apart two members are, in partitions. Where capacities differ, each is
// compared with its fair share.
func (s *shares) spread() float64 {
	owned := int64(0)
	for i := range s.list {
		owned += s.list[i].owned
	}
	least, most := int64(0), int64(0) // in parts of a partition, as many as the capacity
	for i := range s.list {
		off := s.list[i].owned*s.capacity - owned*s.list[i].capacity
		if i == 0 {
			least, most = off, off
		}
		least, most = min(least, off), max(most, off)
	}
	return float64(most-least) / float64(max(1, s.capacity))
}
