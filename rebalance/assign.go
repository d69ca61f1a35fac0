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
		} else if s := &p.seats[owner]; s.keep > 0 && !p.barred.bars(int32(i), owner) {
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

// holes finds members that own less than their target, by index. A full one is passed
// over at once, and so is, for each class of needs, one that lacks a label; so a
// partition looks at nobody but members that it is excluded from.
type holes struct {
	*planner
	next  []int32 // by member: the first one from here on that may have a hole
	start []int32 // by class: where to begin
}

func newHoles(p *planner) *holes {
	h := &holes{planner: p, next: make([]int32, len(p.seats)+1), start: make([]int32, len(p.barred.sets))}
	for i := range p.seats {
		s := &p.seats[i]
		s.keep = min(s.home, s.target-s.fixed)
		s.load = s.fixed + s.keep
		s.hole = s.target - s.load
		h.next[i] = int32(i)
	}
	h.next[len(p.seats)] = int32(len(p.seats))
	return h
}

// fill returns the first member with a hole that may own the partition.
func (h *holes) fill(partition int32) int32 {
	class := h.barred.classOf(partition)
	m := h.seek(class, h.start[class])
	h.start[class] = m
	for int(m) < len(h.seats) {
		if !h.barred.bars(partition, m) {
			s := &h.seats[m]
			s.load++
			s.hole--
			return m
		}
		m = h.seek(class, m+1)
	}
	return NoOwner
}

// seek returns the first member from m on that has a hole and the labels.
func (h *holes) seek(class, m int32) int32 {
	for {
		m = h.find(m)
		if int(m) == len(h.seats) || !h.barred.lacks(class, m) {
			return m
		}
		m++
	}
}

// find follows the pointers to the first member with a hole, and shortens the way.
func (h *holes) find(m int32) int32 {
	for int(m) < len(h.seats) && h.seats[m].hole == 0 {
		if h.next[m] == m {
			h.next[m] = m + 1
		}
		h.next[m] = h.next[h.next[m]]
		m = h.next[m]
	}
	return m
}
