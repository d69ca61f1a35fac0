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
	band   int       // in thousandths
	bounds []bounds  // by member
	mass   []int64   // by member: its load in the plan so far
	lists  [][]int32 // by member: its free partitions, as they were when last indexed
	parts  []int32   // the memory of these lists
	sorted []bool    // by member: its list is in order of weight
	pool   []int32   // partitions without a place
	shed   []bool    // by member: it is above its bounds, and shedding

	orphanLoad, evictedLoad int64
	before                  []int64 // by member: load that it owned and may keep
}

// balance gives every partition that can have one an owner, then evens out.
func balance(p *planner) {
	n := len(p.seats)
	b := &balancer{
		planner: p, band: p.in.Band, bounds: make([]bounds, n), mass: make([]int64, n), before: make([]int64, n),
		lists: make([][]int32, n), sorted: make([]bool, n), shed: make([]bool, n),
	}
	if b.band == 0 {
		b.band = DefaultBand
	}
	b.begin()
	b.setBounds()
	b.evict()
	for {
		changed := b.settleAll()
		for b.step() || b.goHome() {
			changed = true
		}
		if !changed {
			break
		}
	}
	p.levels = b
}

// begin leaves partitions with their owners, if these may keep them.
func (b *balancer) begin() {
	for i := range b.seats {
		s := &b.seats[i]
		s.load, s.keep = s.fixed, s.home
		if s.drain {
			s.keep = s.limit - s.fixed
		}
	}
	place := b.orphans - b.skipped
	for i, owner := range b.in.Owner {
		partition := int32(i)
		if b.fixed[i] {
			b.add(b.owner[i], partition, 0)
			if owner = b.owner[i]; owner != NoOwner {
				b.before[owner] += b.weight(partition)
			}
			continue
		}
		b.owner[i] = NoOwner
		switch {
		case owner == NoOwner:
			b.orphanLoad += b.weight(partition)
			if place == 0 {
				continue
			}
			place--
		case b.barred.bars(partition, owner):
			b.evictedLoad += b.weight(partition)
		default:
			b.before[owner] += b.weight(partition)
			if s := &b.seats[owner]; s.keep > 0 {
				s.keep--
				b.add(owner, partition, 1)
				continue
			}
		}
		b.pool = append(b.pool, partition)
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

// add and move keep the ledgers.
func (b *balancer) add(m, partition int32, count int) {
	b.owner[partition] = m
	if m != NoOwner {
		b.seats[m].load += count
		b.mass[m] += b.weight(partition)
	}
}

func (b *balancer) move(partition, to int32) {
	if from := b.owner[partition]; from != NoOwner {
		b.seats[from].load--
		b.mass[from] -= b.weight(partition)
	}
	b.add(to, partition, 1)
}

// evict takes the lightest partitions from members above their caps.
func (b *balancer) evict() {
	for i := range b.seats {
		s, m := &b.seats[i], int32(i)
		if s.closed || s.load <= s.limit {
			continue
		}
		if b.parts == nil {
			b.index()
		}
		for _, partition := range b.own(m) {
			if s.load <= s.limit {
				break
			}
			b.move(partition, NoOwner)
			b.pool = append(b.pool, partition)
		}
	}
}

// index lists the free partitions by owner, by counting.
func (b *balancer) index() {
	clear(b.sorted)
	if b.parts == nil {
		b.parts = make([]int32, len(b.owner))
	}
	start := make([]int, len(b.seats)+1)
	for i, m := range b.owner {
		if m != NoOwner && !b.fixed[i] {
			start[m+1]++
		}
	}
	for m := range b.lists {
		start[m+1] += start[m]
		b.lists[m] = b.parts[start[m]:start[m]:start[m+1]]
	}
	for i, m := range b.owner {
		if m != NoOwner && !b.fixed[i] {
			b.lists[m] = append(b.lists[m], int32(i))
		}
	}
}

// own returns the list of m, the lightest first.
func (b *balancer) own(m int32) []int32 {
	if !b.sorted[m] {
		b.sorted[m] = true
		slices.SortFunc(b.lists[m], func(a, c int32) int {
			return cmp.Or(cmp.Compare(b.weight(a), b.weight(c)), cmp.Compare(a, c))
		})
	}
	return b.lists[m]
}

func (b *balancer) heaviestFirst(list []int32) {
	slices.SortFunc(list, func(a, c int32) int {
		return cmp.Or(cmp.Compare(b.weight(c), b.weight(a)), cmp.Compare(a, c))
	})
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
		b.index()
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
	var moved []int32
	for i, home := range b.in.Owner {
		if m := b.owner[i]; !b.fixed[i] && home != NoOwner && m != home && m != NoOwner && b.may(int32(i), home) {
			moved = append(moved, int32(i))
		}
	}
	b.heaviestFirst(moved)
	changed := false
	for _, p := range moved {
		home, m, w := b.in.Owner[p], b.owner[p], b.weight(p)
		if b.may(p, home) && b.mass[home]+w <= b.bounds[home].high && b.mass[m]-w >= b.bounds[m].low && !b.nearer(p, m, home) {
			b.move(p, home)
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
