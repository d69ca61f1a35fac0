package rebalance

import "slices"

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
	rest, last := b.scratch[:0], -1 // what could be taken, too; the last one taken, in the pool
	defer func() { b.scratch = rest }()
	for _, it := range slices.Backward(b.own(m)) {
		over := b.mass[m] - b.bounds[m].high
		switch {
		case over <= 0:
			return pool
		case b.owner[it.partition] != m || it.weight > room || it.weight == 0:
		case it.weight <= over:
			b.mass[m] -= it.weight
			pool = append(pool, it)
			last = len(pool) - 1
		default:
			rest = append(rest, it)
		}
	}
	if b.mass[m] <= b.bounds[m].high {
		return pool
	}
	var final []item
	if last >= 0 { // one or two others may be closer, together with what is still too much
		it := pool[last]
		pool, final = pool[:last], []item{it}
		b.mass[m] += it.weight
		i, _ := slices.BinarySearchFunc(rest, it, func(a, c item) int { return c.compare(a) })
		rest = slices.Insert(rest, i, it)
	}
	if found := closest(rest, b.mass[m]-b.bounds[m].high, b.mass[m]-b.bounds[m].low); len(found) > 0 {
		final = found
	}
	for _, it := range final {
		b.mass[m] -= it.weight
		pool = append(pool, it)
	}
	return pool
}

// closest returns the one or two of the items, the heaviest first, that are together as
// little above the least load as is possible, and not above the most; nothing if there
// are none.
func closest(items []item, least, most int64) []item {
	var found []item
	for i, j := 0, len(items)-1; i <= j; {
		sum := items[i].weight
		if sum >= least && sum <= most {
			found, most = items[i:i+1], sum-1
		}
		if i < j {
			sum += items[j].weight
		}
		switch {
		case sum < least:
			j--
		case i < j && sum <= most:
			found, most = []item{items[i], items[j]}, sum-1
			i++
		default:
			i++
		}
	}
	return found
}
