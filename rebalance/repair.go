package rebalance

import (
	"cmp"
	"slices"
)

// repairer finishes a plan where exclusions kept assign from reaching the targets. It
// works on the graph whose nodes are the live members, with an edge a→b for each
// free partition of a that b may own. Moving one partition along each edge of a
// path takes one from the load of its start and adds one to that of its end.
//
// The k-th partition of a member has a price that does not fall with k (see
// seat.price). For such prices a set of loads is the cheapest possible exactly when
// no path leads to a cheaper place: the semi-matching theorem of Harvey, Ladner,
// Lovász and Tamir (2006), here with limits and prices of our own. So the loads are
// optimal; the number of moves is small, as paths are shortest, but not proven minimal.
type repairer struct {
	*planner
	parts [][]int32 // by member: its free partitions
	at    []int     // by partition: where it is in parts
	open  []int32   // members that the search has not come to
	queue []int32   // members that it has, in order
	from  []int32   // by member: where the search came from; NoOwner at its start
	via   []int32   // by member: the partition that would move in; -1 at a start
	class []int32   // by partition: its class of exclusions
	tried []int     // by class: the number of the last search that tried it
	nth   int       // the number of this search
}

// repair gives an owner to every partition that can have one, then evens out.
func repair(p *planner) {
	r := newRepairer(p)
	r.goHome()
	r.placeAll()
	for r.improve() {
	}
}

func newRepairer(p *planner) *repairer {
	r := &repairer{
		planner: p,
		parts:   make([][]int32, len(p.seats)),
		at:      make([]int, len(p.owner)),
		from:    make([]int32, len(p.seats)),
		via:     make([]int32, len(p.seats)),
	}
	class, classes := p.barred.classes(len(p.owner))
	r.class, r.tried = class, make([]int, classes)
	return r
}

// goHome gives partitions that found no place back to their owners, within their
// limits: being above the share is better than having no owner, and a plan that is
// as even as it can be then moves nothing.
func (r *repairer) goHome() {
	for i, owner := range r.in.Owner {
		if r.fixed[i] {
			continue
		}
		partition := int32(i)
		if r.owner[i] == NoOwner && owner != NoOwner && !r.barred.bars(partition, owner) {
			if s := &r.seats[owner]; s.drain || s.load < s.limit {
				s.load++
				r.owner[i] = owner
			}
		}
		if m := r.owner[i]; m != NoOwner {
			r.add(m, partition)
		}
	}
}

// placeAll looks for places in the order in which they matter most: for partitions
// that lose their owner, for orphans, and for those that a draining member runs still.
func (r *repairer) placeAll() {
	alive := r.alive()
	for turn := range 3 {
		for i, owner := range r.in.Owner {
			if len(alive) == 0 {
				return
			}
			if r.fixed[i] || turn != r.turn(owner, r.owner[i]) {
				continue
			}
			r.open = append(r.open[:0], alive...)
			if !r.place(int32(i), turn < 2) {
				// All that the search came to is full and leads to nothing but full
				// members, now and later: no search needs to come here again.
				alive = append(alive[:0], r.open...)
			}
		}
	}
}

// turn says when a partition is to be placed, or -1.
func (r *repairer) turn(before, now int32) int {
	switch {
	case now == NoOwner && before == NoOwner:
		return 1
	case now == NoOwner:
		return 0
	case r.seats[now].drain:
		return 2
	}
	return -1
}

// place finds the cheapest place that can be made for a partition. If there is none
// and it is urgent, one that came from a draining member makes room and goes back: it
// is better off there than another one with nobody.
func (r *repairer) place(partition int32, urgent bool) bool {
	r.queue = r.queue[:0]
	r.reach(partition, NoOwner)
	end := r.search()
	if end == NoOwner && urgent {
		end = r.wayBack()
	}
	if end == NoOwner {
		return false
	}
	if m := r.owner[partition]; m != NoOwner {
		r.remove(m, partition)
		r.seats[m].load--
	}
	r.shift(end)
	return true
}

// improve makes one path of moves that leads to a cheaper place, if there is any. It
// begins with the member that has most to gain. When that one finds nothing, what it
// came to is of no use to the others either, as they gain less.
func (r *repairer) improve() bool {
	order := r.alive()
	r.open = slices.Clone(order)
	order = slices.DeleteFunc(order, func(m int32) bool { return len(r.parts[m]) == 0 })
	slices.SortStableFunc(order, func(a, b int32) int {
		return r.seats[b].lastPrice().compare(r.seats[a].lastPrice())
	})
	for _, m := range order {
		i := slices.Index(r.open, m)
		if i < 0 {
			continue
		}
		r.open = slices.Delete(r.open, i, i+1)
		r.queue = append(r.queue[:0], m)
		r.from[m], r.via[m] = NoOwner, -1
		end := r.search()
		if end != NoOwner && r.seats[end].nextPrice().compare(r.seats[m].lastPrice()) < 0 {
			r.seats[m].load--
			r.shift(end)
			return true
		}
	}
	return false
}

// search goes on from the members in the queue, breadth first, until there is no way
// further, and returns the nearest of the cheapest members that can take one more.
// A partition is tried against open members only, and once one of its class was tried
// none that is still open may own it: that bounds the work.
func (r *repairer) search() int32 {
	best := NoOwner
	r.nth++
	for head := 0; head < len(r.queue); head++ {
		m := r.queue[head]
		if s := &r.seats[m]; s.load < s.limit {
			if best == NoOwner || s.nextPrice().compare(r.seats[best].nextPrice()) < 0 {
				best = m
			}
		}
		for _, partition := range r.parts[m] {
			if len(r.open) == 0 {
				break
			}
			if c := r.class[partition]; r.tried[c] != r.nth {
				r.tried[c] = r.nth
				r.reach(partition, m)
			}
		}
	}
	return best
}

// wayBack prolongs the search to a draining member that one of the partitions it has
// met came from.
func (r *repairer) wayBack() int32 {
	for _, m := range r.queue {
		for _, partition := range r.parts[m] {
			home := r.in.Owner[partition]
			if home != NoOwner && r.seats[home].drain && !r.barred.bars(partition, home) {
				r.from[home], r.via[home] = m, partition
				return home
			}
		}
	}
	return NoOwner
}

// reach moves the open members that may own the partition into the queue.
func (r *repairer) reach(partition, from int32) {
	r.open = slices.DeleteFunc(r.open, func(m int32) bool {
		if r.barred.bars(partition, m) {
			return false
		}
		r.from[m], r.via[m] = from, partition
		r.queue = append(r.queue, m)
		return true
	})
}

// shift makes the moves of the path that the search took to its end.
func (r *repairer) shift(end int32) {
	r.seats[end].load++
	for m := end; m != NoOwner && r.via[m] >= 0; m = r.from[m] {
		partition := r.via[m]
		if r.from[m] != NoOwner {
			r.remove(r.from[m], partition)
		}
		r.owner[partition] = m
		r.add(m, partition)
	}
}

func (r *repairer) add(m, partition int32) {
	r.at[partition] = len(r.parts[m])
	r.parts[m] = append(r.parts[m], partition)
}

func (r *repairer) remove(m, partition int32) {
	list, i := r.parts[m], r.at[partition]
	last := list[len(list)-1]
	list[i], r.at[last] = last, i
	r.parts[m] = list[:len(list)-1]
}

func (r *repairer) alive() []int32 {
	alive := make([]int32, 0, r.live)
	for m := range r.seats {
		if !r.seats[m].closed {
			alive = append(alive, int32(m))
		}
	}
	return alive
}

// price orders the places of all members: first those that every share grants, then
// those that rounding up grants, all alike, then those beyond; within the first and
// the last, the lower the load for the capacity, the cheaper.
type price struct {
	class      int
	at, weight int64
}

func (a price) compare(b price) int {
	return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.at*b.weight, b.at*a.weight))
}

func (s *seat) lastPrice() price { return s.price(s.load) }
func (s *seat) nextPrice() price { return s.price(s.load + 1) }

// price is the price of the k-th partition of a member.
func (s *seat) price(k int) price {
	switch {
	case k <= s.lo:
		return price{0, int64(k), s.weight}
	case k <= s.hi:
		return price{1, 0, 1}
	}
	return price{2, int64(k), s.weight}
}
