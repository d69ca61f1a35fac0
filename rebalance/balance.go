package rebalance

import (
	"cmp"
	"slices"
)

// balancer plans by load, and for zones, where the exact way of assign does not apply.
// It begins with what the owners have and makes it better step by step: fewer
// partitions without a place, then less load outside the bounds, then fewer partitions
// in a foreign zone. Each change is an improvement in that order and depends on
// nothing but the input and the owners at the time. So it comes to an end, and planning
// again from there finds nothing to change.
type balancer struct {
	*planner
	band   int      // in thousandths
	bounds []bounds // by member
	mass   []int64  // by member: its load in the plan so far
	lists  []list   // by member; nil before they are first needed
	pool   []item   // partitions without a place
	shed   []bool   // by member: it is above its bounds, and shedding

	scratch []item // of takeFrom

	before                  []int64 // by member: load that it owned and may keep
	orphanLoad, evictedLoad int64
	crowdingLoad            int64 // of the pool, that is too heavy for any member with what it has
	proven                  bool  // no plan moves less
}

// balance gives every partition that can have one an owner, then evens out.
func balance(p *planner) {
	n := len(p.seats)
	b := &balancer{
		planner: p, band: p.in.Band, bounds: make([]bounds, n), mass: make([]int64, n), before: make([]int64, n),
		shed: make([]bool, n),
	}
	if b.band == 0 {
		b.band = DefaultBand
	}
	b.begin()
	b.setBounds()
	room := b.largestRoom()
	for _, it := range b.pool {
		b.crowdingLoad += max(0, it.weight-room)
	}
	b.evict()
	for {
		changed := b.settleAll()
		for b.step() || b.goHome() || b.search() {
			changed = true
		}
		if !changed || !b.barred.any() { // without exclusions, nothing else makes room
			break
		}
	}
	b.polish()
	p.levels = b
}

// begin leaves partitions with their owners, if these may keep them.
func (b *balancer) begin() {
	place, restricted := b.orphans-b.skipped, b.barred.any()
	homeless := place + b.evicted
	keep := make([]int32, len(b.seats)) // by member: how many more it keeps
	for m := range b.seats {
		s := &b.seats[m]
		keep[m] = int32(s.home)
		if s.drain {
			keep[m] = int32(s.limit - s.fixed)
			homeless += s.home - int(keep[m])
		}
		s.load = s.fixed + int(keep[m])
	}
	b.pool = make([]item, 0, homeless)
	for i, owner := range b.in.Owner {
		partition, w := int32(i), b.weight(int32(i))
		switch {
		case b.fixed[i]:
			if m := b.owner[i]; m != NoOwner {
				b.before[m] += w
				b.mass[m] += w
			}
			continue
		case owner == NoOwner:
			b.owner[i] = NoOwner
			b.orphanLoad += w
			if place == 0 {
				continue
			}
			place--
		case restricted && b.barred.bars(partition, owner):
			b.evictedLoad += w
		default:
			b.before[owner] += w
			if keep[owner] > 0 {
				keep[owner]--
				b.owner[i] = owner
				b.mass[owner] += w
				continue
			}
		}
		b.owner[i] = NoOwner
		b.pool = append(b.pool, item{w, partition})
	}
}

// setBounds sets what each member should carry.
func (b *balancer) setBounds() {
	if b.in.Weights != nil {
		newSharer(b).share()
		return
	}
	for i := range b.seats {
		s, slack := &b.seats[i], int64(b.in.ZoneSlack)
		low := min(int64(s.lo), scaleUp(int64(s.hi), 1000-slack, 1000))
		high := max(int64(s.hi), scale(int64(s.lo), 1000+slack, 1000))
		b.bounds[i] = bounds{share: int64(s.target), low: max(low, int64(s.fixed)), high: high, zone: high}
	}
}

// move keeps the ledgers.
func (b *balancer) move(it item, to int32) {
	if from := b.owner[it.partition]; from != NoOwner {
		b.seats[from].load--
		b.mass[from] -= it.weight
		if b.lists != nil {
			b.lists[from].left = true
		}
	}
	b.owner[it.partition] = to
	if to != NoOwner {
		b.seats[to].load++
		b.mass[to] += it.weight
		if b.lists != nil {
			b.lists[to].add(it)
		}
	}
}

// evict takes the lightest partitions from members above their caps.
func (b *balancer) evict() {
	for i := range b.seats {
		s, m := &b.seats[i], int32(i)
		if s.closed || s.load <= s.limit {
			continue
		}
		for _, it := range b.own(m) {
			if s.load <= s.limit {
				break
			}
			b.move(it, NoOwner)
			b.pool = append(b.pool, it)
		}
	}
}

// may reports whether a member has room in its cap and may own the partition.
func (b *balancer) may(partition, m int32) bool {
	s := &b.seats[m]
	return s.load < s.limit && !s.closed && !b.barred.bars(partition, m)
}

// outside lists the live members whose load is outside the bounds, the worst first.
func (b *balancer) outside() []int32 {
	var list []int32
	for i := range b.seats {
		if !b.seats[i].closed && b.distance(int32(i)) > 0 {
			list = append(list, int32(i))
		}
	}
	slices.SortStableFunc(list, func(a, c int32) int { return cmp.Compare(b.distance(c), b.distance(a)) })
	return list
}

func (b *balancer) distance(m int32) int64 { return b.bounds[m].distance(b.mass[m]) }

// step makes one round of improvements, and reports whether there were any.
func (b *balancer) step() bool {
	changed := false
	if outside := b.outside(); len(outside) > 0 {
		changed = b.shedAll(outside)
		changed = b.fillAll(b.outside()) || changed
		changed = b.exchangeAll(b.outside()) || changed
	}
	if b.in.Zones != nil {
		changed = b.goToZones() || changed
	}
	return changed
}

// goHome takes back the moves that were of no use in the end, the heaviest first.
func (b *balancer) goHome() bool {
	var moved []item
	for i, home := range b.in.Owner {
		if m := b.owner[i]; m != home && home != NoOwner && m != NoOwner && !b.fixed[i] && b.may(int32(i), home) {
			moved = append(moved, item{b.weight(int32(i)), int32(i)})
		}
	}
	heaviestFirst(moved)
	changed := false
	for _, it := range moved {
		p := it.partition
		home, m, w := b.in.Owner[p], b.owner[p], it.weight
		if b.may(p, home) && b.mass[home]+w <= b.bounds[home].high && b.mass[m]-w >= b.bounds[m].low && !b.nearer(p, m, home) {
			b.move(it, home)
			changed = true
		}
	}
	return changed
}

// nearer reports whether a is in the zone of the partition and c is not.
func (b *balancer) nearer(partition, a, c int32) bool {
	if b.in.Zones == nil {
		return false
	}
	want := b.in.Zones[partition]
	return want == b.in.Members[a].Zone && want != b.in.Members[c].Zone
}

// weigh adds up the load of the members anew.
func (b *balancer) weigh() {
	clear(b.mass)
	for i, m := range b.owner {
		if m != NoOwner {
			b.mass[m] += b.weight(int32(i))
		}
	}
}
