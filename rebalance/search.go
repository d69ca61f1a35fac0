package rebalance

import (
	"cmp"
	"math"
	"slices"
)

// Limits of a search: partitions in it, members in it besides the one that is to be
// helped, and steps of all searches of a plan together, a few milliseconds.
const (
	searchedItems    = 48
	searchedPartners = 3
	searchSteps      = 1 << 16
)

// searcher tries the assignments of all partitions of a few members for one that brings
// all of them inside their bounds and moves the least load. It is for members that the
// steps of balancer leave outside, as these look at no more than two partitions at a
// time, and for small groups, where chance makes more of a difference. It begins with
// assignments that give few partitions to others than where they are first: a search by
// limited discrepancy (Harvey and Ginsberg, 1995).
type searcher struct {
	*balancer
	steps   int // that are left
	members []int32
	items   []item  // the heaviest first
	behind  []int64 // by item: the load from it on
	first   []int32 // by item: the owner to try first
	now     []int32 // by item: its owner in the assignment being tried
	best    []int32 // the same in the best assignment so far
	least   int64   // more than the best one so far may move
	cut     bool    // something was not tried, as it gives more to others than allowed
}

// search helps members outside their bounds that every step has left there. It reports
// whether it could.
func (b *balancer) search() bool {
	if b.in.Zones != nil {
		return false
	}
	s, changed := &searcher{balancer: b, steps: searchSteps}, false
	owner := func(it item) int32 { return b.owner[it.partition] } // the next plan begins there, and must find the same
	emptiest, fullest := b.partners()
	for _, m := range b.outside() {
		if b.bounds[m].low > b.bounds[m].high {
			continue
		}
		partners := emptiest
		if b.mass[m] < b.bounds[m].low {
			partners = fullest
		}
		s.members = append(s.members[:0], m)
		partners.first(func(partner int32) bool {
			if partner == m {
				return false
			}
			s.members = append(s.members, partner)
			changed = s.run(owner) || changed
			return b.distance(m) == 0 || len(s.members) > searchedPartners || len(s.items) > searchedItems
		})
		if s.steps == 0 {
			break
		}
	}
	return changed
}

// polish makes a plan move less load, where all partitions together are few enough. When
// it comes to an end, nothing less is possible.
func (b *balancer) polish() {
	s := &searcher{balancer: b, steps: searchSteps}
	count := 0
	for m := range b.seats {
		if seat := &b.seats[m]; !seat.closed {
			s.members = append(s.members, int32(m))
			count += seat.load - seat.fixed
		}
	}
	if count <= searchedItems && b.in.Zones == nil && b.misplaced() == [2]int{} && len(b.outside()) == 0 {
		s.run(func(it item) int32 {
			if home := b.in.Owner[it.partition]; home != NoOwner && b.may(it.partition, home) {
				return home
			}
			return b.owner[it.partition]
		})
		b.proven = s.steps > 0
	}
}

// run makes the best assignment of what the members own, and reports whether it is
// better than the present one.
func (s *searcher) run(first func(item) int32) bool {
	s.items = s.items[:0]
	for _, m := range s.members {
		for _, it := range s.own(m) {
			if s.owner[it.partition] == m {
				s.items = append(s.items, it)
			}
		}
	}
	if len(s.items) > searchedItems {
		return false
	}
	s.begin(first)
	for _, it := range s.items {
		s.lift(it, s.owner[it.partition], -1)
	}
	s.cut = true
	for others := 2; s.cut && s.steps > 0; others *= 2 {
		s.cut = false
		s.try(0, 0, others)
	}
	for _, it := range s.items {
		s.lift(it, s.owner[it.partition], 1)
	}
	for i, m := range s.best {
		if s.owner[s.items[i].partition] != m {
			s.balancer.move(s.items[i], m)
		}
	}
	return len(s.best) > 0
}

// begin sets the mark that an assignment has to beat, and brings the items in order:
// those that are alike are neighbours.
func (s *searcher) begin(first func(item) int32) {
	s.best, s.least = s.best[:0], 0
	slices.SortFunc(s.items, func(a, b item) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(first(a), first(b)),
			cmp.Compare(s.in.Owner[a.partition], s.in.Owner[b.partition]), cmp.Compare(a.partition, b.partition))
	})
	s.now, s.first, s.behind = make([]int32, len(s.items)), make([]int32, len(s.items)), make([]int64, len(s.items)+1)
	for i, it := range slices.Backward(s.items) {
		s.behind[i] = s.behind[i+1] + it.weight
		s.first[i] = first(it)
		s.least += s.cost(it, s.owner[it.partition])
	}
	if slices.ContainsFunc(s.members, func(m int32) bool { return s.distance(m) > 0 }) {
		s.least = math.MaxInt64
	}
}

// alike reports whether item i is worth the same as the one before it, wherever it is.
func (s *searcher) alike(i int) bool {
	return i > 0 && !s.barred.any() && s.items[i].weight == s.items[i-1].weight && s.first[i] == s.first[i-1] &&
		s.in.Owner[s.items[i].partition] == s.in.Owner[s.items[i-1].partition]
}

// cost is the load that moves if m owns the partition in the plan.
func (s *searcher) cost(it item, m int32) int64 {
	if home := s.in.Owner[it.partition]; home == NoOwner || home == m {
		return 0
	}
	return it.weight
}

// lift takes a partition off the ledger of a member, or puts it there.
func (s *searcher) lift(it item, m int32, sign int) {
	s.mass[m] += it.weight * int64(sign)
	s.seats[m].load += sign
}

// try finds owners for the items from i on, not more than so many of them others than
// the first ones. What is before i moves so much already.
func (s *searcher) try(i int, moved int64, others int) {
	if s.steps == 0 || moved >= s.least || !s.canFill(i) {
		return
	}
	s.steps--
	if i == len(s.items) {
		s.least, s.best = moved, append(s.best[:0], s.now...)
		return
	}
	// Of items that are alike, a later one goes to the same member or to a later one.
	skip := s.alike(i) && s.now[i-1] != s.first[i]
	if !skip {
		s.give(i, s.first[i], moved, others)
	}
	for _, m := range s.members {
		if skip = skip && m != s.now[i-1]; skip || m == s.first[i] {
			continue
		}
		if others == 0 {
			s.cut = true
			return
		}
		s.give(i, m, moved, others-1)
	}
}

func (s *searcher) give(i int, m int32, moved int64, others int) {
	it := s.items[i]
	if s.mass[m]+it.weight > s.bounds[m].high || !s.may(it.partition, m) {
		return
	}
	s.now[i] = m
	s.lift(it, m, 1)
	s.try(i+1, moved+s.cost(it, m), others)
	s.lift(it, m, -1)
}

// canFill reports whether the load from item i on is enough for all who lack some.
func (s *searcher) canFill(i int) bool {
	lack := int64(0)
	for _, m := range s.members {
		lack += max(0, s.bounds[m].low-s.mass[m])
	}
	return lack <= s.behind[i]
}
