package rebalance

// assign gives every free partition an owner: each member keeps what it owns, lowest
// index first, up to its target, and the rest fills the holes of the others in
// order, so that neighbours tend to land together and a plan stays short when
// written as ranges. It reports whether all members reach their targets; only
// exclusions can prevent that.
func (p *planner) assign() bool {
	h := newHoles(p)
	place, complete := p.orphans-p.skipped, true
	for i, owner := range p.in.Owner {
		if p.fixed[i] {
			continue
		}
		p.owner[i] = NoOwner
		if owner == NoOwner {
			if place == 0 {
				continue
			}
			place--
		} else if s := &p.seats[owner]; s.keep > 0 && !p.barred.has(int32(i), owner) {
			s.keep--
			p.owner[i] = owner
			continue
		}
		p.owner[i] = h.fill(int32(i))
	}
	for i := range p.seats {
		complete = complete && p.seats[i].load == p.seats[i].target
	}
	return complete
}

// holes is the list of the members that own less than their target, by index, as
// a linked list: a full one leaves it at once, so that a partition passes over
// nobody but members that may not own it.
type holes struct {
	*planner
	first int32
	next  []int32
}

func newHoles(p *planner) *holes {
	h := &holes{planner: p, first: NoOwner, next: make([]int32, len(p.seats))}
	for i := len(p.seats) - 1; i >= 0; i-- {
		s := &p.seats[i]
		s.keep = min(s.home, s.target-s.fixed)
		s.load = s.fixed + s.keep
		s.hole = s.target - s.load
		if s.hole > 0 {
			h.next[i] = h.first
			h.first = int32(i)
		}
	}
	return h
}

// fill returns the first member with a hole that may own the partition.
func (h *holes) fill(partition int32) int32 {
	link := &h.first
	for *link != NoOwner {
		m := *link
		if !h.barred.has(partition, m) {
			s := &h.seats[m]
			s.load++
			s.hole--
			if s.hole == 0 {
				*link = h.next[m]
			}
			return m
		}
		link = &h.next[m]
	}
	return NoOwner
}
