package rebalance

// settleAll finds places for the pool and for what draining members still have, and
// reports whether it changed anything.
func (b *balancer) settleAll() bool {
	before := len(b.pool)
	b.heaviestFirst(b.pool)
	q := b.newQueues()
	left := b.pool[:0]
	for _, partition := range b.pool {
		if m := b.find(q, partition, func(int32) bool { return true }); m != NoOwner {
			b.move(partition, m)
		} else {
			left = append(left, partition)
		}
	}
	b.pool = left
	return b.rescue() || len(b.pool) < before
}

// find returns the least loaded member that may take the partition, if possible in
// its zone.
func (b *balancer) find(q *queues, partition int32, accept func(m int32) bool) int32 {
	class, w := b.barred.classOf(partition), b.weight(partition)
	eligible := func(m int32) bool { return accept(m) && !b.barred.bars(partition, m) }
	if b.in.Zones != nil && b.in.Zones[partition] >= 0 {
		if m := q.get(class, b.in.Zones[partition]).first(eligible); m != NoOwner && b.mass[m]+w <= b.bounds[m].zone {
			return m
		}
	}
	return q.get(class, -1).first(eligible)
}

// rescue makes places by moving others out of the way, where exclusions left some
// partition without a place, in the way of repair. It reports whether it could.
func (b *balancer) rescue() bool {
	before := b.misplaced()
	if before == [2]int{} || !b.barred.any() {
		return false
	}
	r := newRepairer(b.planner)
	r.goHome()
	r.placeAll()
	b.pool = b.pool[:0]
	for i, m := range b.owner {
		if m == NoOwner && !b.fixed[i] {
			b.pool = append(b.pool, int32(i))
		}
	}
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
	var pool []int32
	for _, m := range outside {
		b.shed[m] = b.mass[m] > b.bounds[m].high
		if b.shed[m] {
			pool = b.takeFrom(m, pool)
		}
	}
	b.heaviestFirst(pool)
	q := b.newQueues()
	changed := false
	for _, partition := range pool {
		from, w := b.owner[partition], b.weight(partition)
		b.mass[from] += w // it leaves from there, or stays
		m := b.find(q, partition, func(m int32) bool { return !b.shed[m] })
		if m != NoOwner && b.mass[m]+w <= b.bounds[m].high {
			b.move(partition, m)
			changed = true
		}
	}
	clear(b.shed)
	return changed
}

// takeFrom adds to the pool what brings the member to its upper bound: the heaviest
// partitions that fit, and at last the lightest one that is enough. They remain its
// own until a place is found, but their load counts no more.
func (b *balancer) takeFrom(m int32, pool []int32) []int32 {
	last := NoOwner
	list := b.own(m)
	for i := len(list) - 1; i >= 0; i-- {
		switch w := b.weight(list[i]); {
		case b.mass[m] <= b.bounds[m].high || w == 0:
			return pool
		case w <= b.mass[m]-b.bounds[m].high:
			b.mass[m] -= w
			pool = append(pool, list[i])
		default:
			last = list[i]
		}
	}
	if w := b.mass[m] - b.bounds[m].high; w > 0 && last != NoOwner && b.mass[m]-b.weight(last) >= b.bounds[m].low {
		b.mass[m] -= b.weight(last)
		pool = append(pool, last)
	}
	return pool
}
