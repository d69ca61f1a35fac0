package rebalance

import (
	"slices"
	"sort"
)

// triedInstead is how many of the partitions taken from a member may be taken back for
// a heavier one.
const triedInstead = 16

// settleAll finds places for the pool and for what draining members still have, and
// reports whether it changed anything.
func (b *balancer) settleAll() bool {
	before := len(b.pool)
	heaviestFirst(b.pool)
	q := b.newQueues()
	left := b.pool[:0]
	for _, it := range b.pool {
		if m := b.find(q, it); m != NoOwner {
			b.move(it, m)
		} else {
			left = append(left, it)
		}
	}
	b.pool = left
	return b.rescue() || len(b.pool) < before
}

// find returns the least loaded member that may take the partition and does not shed,
// if possible in its zone.
func (b *balancer) find(q *queues, it item) int32 {
	class := b.barred.classOf(it.partition)
	accept := func(m int32) bool { return !b.shed[m] && !b.barred.bars(it.partition, m) }
	if b.in.Zones != nil && b.in.Zones[it.partition] >= 0 {
		m := q.get(class, b.in.Zones[it.partition]).first(accept)
		if m != NoOwner && b.mass[m]+it.weight <= b.bounds[m].zone {
			return m
		}
	}
	return q.get(class, -1).first(accept)
}

// rescue makes places by moving others out of the way, where exclusions left some
// partition without a place, in the way of repair. It reports whether it could.
func (b *balancer) rescue() bool {
	if !b.barred.any() {
		return false
	}
	before := b.misplaced()
	if before == [2]int{} {
		return false
	}
	r := newRepairer(b.planner)
	r.goHome()
	r.placeAll()
	b.pool = b.pool[:0]
	for i, m := range b.owner {
		if m == NoOwner && !b.fixed[i] {
			b.pool = append(b.pool, item{b.weight(int32(i)), int32(i)})
		}
	}
	b.lists = nil // no more what they were
	b.weigh()
	return b.misplaced() != before
}

// misplaced counts the free partitions without an owner, and those of draining members.
func (b *balancer) misplaced() (count [2]int) {
	for i, m := range b.owner {
		switch {
		case b.fixed[i]:
		case m == NoOwner:
			count[0]++
		case b.seats[m].drain:
			count[1]++
		}
	}
	return count
}

// shedAll takes from members above their bounds what they have too much, and gives it
// to others, the heaviest partition first, but only where it stays inside the bounds.
// What fits nowhere stays.
func (b *balancer) shedAll(outside []int32) bool {
	var pool []item
	room := b.largestRoom()
	for _, m := range outside {
		b.shed[m] = b.mass[m] > b.bounds[m].high
		if b.shed[m] {
			pool = b.takeFrom(m, room, pool)
		}
	}
	heaviestFirst(pool)
	q := b.newQueues()
	changed := false
	for _, it := range pool {
		b.mass[b.owner[it.partition]] += it.weight // it leaves from there, or stays
		m := b.find(q, it)
		if m != NoOwner && b.mass[m]+it.weight <= b.bounds[m].high {
			b.move(it, m)
			changed = true
		}
	}
	clear(b.shed)
	return changed
}

// largestRoom is the heaviest partition that some member can take if its cap allows.
func (b *balancer) largestRoom() (room int64) {
	for m := range b.seats {
		if !b.seats[m].closed {
			room = max(room, b.bounds[m].high-b.mass[m])
		}
	}
	return room
}

// takeFrom adds to the pool what brings the member to its upper bound: the heaviest
// partitions that fit, and for the last bit what is closest. They remain its own until a
// place is found, but their load counts no more. What is heavier than any room stays.
func (b *balancer) takeFrom(m int32, room int64, pool []item) []item {
	start := len(pool)
	for _, it := range slices.Backward(b.own(m)) {
		over := b.mass[m] - b.bounds[m].high
		if over <= 0 || it.weight == 0 {
			break
		}
		if b.owner[it.partition] == m && it.weight <= min(room, over) {
			b.mass[m] -= it.weight
			pool = append(pool, it)
		}
	}
	if b.mass[m] > b.bounds[m].high {
		pool = b.takeLast(m, room, pool, start)
	}
	return pool
}

// takeLast takes the lightest partition that is enough, or takes a heavier one instead of
// one of the pool from index start on, whichever moves less load.
func (b *balancer) takeLast(m int32, room int64, pool []item, start int) []item {
	own, over := b.own(m), b.mass[m]-b.bounds[m].high
	// lightest returns the first one from that weight on that is still there.
	lightest := func(weight int64) item {
		i := sort.Search(len(own), func(i int) bool { return own[i].weight >= weight })
		for ; i < len(own) && own[i].weight <= room; i++ {
			if b.owner[own[i].partition] == m && !slices.Contains(pool[start:], own[i]) {
				return own[i]
			}
		}
		return item{}
	}
	best, instead := lightest(over), -1
	least := best.weight
	for i := max(start, len(pool)-triedInstead); i < len(pool); i++ {
		heavier := lightest(pool[i].weight + over)
		if more := heavier.weight - pool[i].weight; heavier.weight > 0 && (least == 0 || more < least) {
			best, instead, least = heavier, i, more
		}
	}
	switch {
	case least == 0 || b.mass[m]-least < b.bounds[m].low:
	case instead < 0:
		b.mass[m] -= least
		pool = append(pool, best)
	default:
		b.mass[m] -= least
		pool[instead] = best
	}
	return pool
}
