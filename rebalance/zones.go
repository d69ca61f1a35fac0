package rebalance

import (
	"cmp"
	"slices"
)

// stray is a partition outside its zone.
type stray struct {
	partition int32
	at, want  int32 // zones
}

// goToZones brings partitions to their zones: first in direct exchanges, that leave the
// loads alike, then where there is room. It reports whether anything moved. Nobody
// leaves its bounds, or gets further from them.
func (b *balancer) goToZones() bool {
	if b.zoned == nil {
		b.zoned = make([]bool, len(b.owner))
	}
	changed := false
	for b.swapStrays() || b.moveStrays() {
		changed = true
	}
	return changed
}

// strays lists what is outside its zone, by the zones, the heaviest first.
func (b *balancer) strays() []stray {
	var list []stray
	for i, m := range b.owner {
		if want := b.in.Zones[i]; want >= 0 && m != NoOwner && !b.fixed[i] && !b.seats[m].closed {
			if at := b.in.Members[m].Zone; at != want {
				list = append(list, stray{int32(i), at, want})
			}
		}
	}
	slices.SortFunc(list, func(a, c stray) int {
		return cmp.Or(cmp.Compare(a.at, c.at), cmp.Compare(a.want, c.want),
			cmp.Compare(b.weight(c.partition), b.weight(a.partition)), cmp.Compare(a.partition, c.partition))
	})
	return list
}

// swapStrays exchanges partitions that are each in the zone of the other.
func (b *balancer) swapStrays() bool {
	list, changed := b.strays(), false
	for len(list) > 0 {
		here := between(list, list[0].at, list[0].want)
		there := between(list[len(here):], here[0].want, here[0].at)
		for i, j := 0, 0; i < len(here) && j < len(there); {
			p, q := here[i].partition, there[j].partition
			switch {
			case b.canSwap(p, q):
				from, to := b.owner[p], b.owner[q]
				b.moveForZone(p, to)
				b.moveForZone(q, from)
				changed = true
				i++
				j++
			case b.weight(p) >= b.weight(q):
				i++
			default:
				j++
			}
		}
		list = list[len(here):]
	}
	return changed
}

// between returns the strays from one zone that want to be in another.
func between(list []stray, at, want int32) []stray {
	compare := func(s stray, key [2]int32) int {
		return cmp.Or(cmp.Compare(s.at, key[0]), cmp.Compare(s.want, key[1]))
	}
	start, _ := slices.BinarySearchFunc(list, [2]int32{at, want}, compare)
	end, _ := slices.BinarySearchFunc(list, [2]int32{at, want + 1}, compare)
	return list[start:end]
}

func (b *balancer) canSwap(p, q int32) bool {
	from, to := b.owner[p], b.owner[q]
	more := b.weight(p) - b.weight(q)
	return !b.barred.bars(p, to) && !b.barred.bars(q, from) && b.allows(from, -more) && b.allows(to, more)
}

// allows reports whether the load of a member may change for the sake of a zone.
func (b *balancer) allows(m int32, more int64) bool {
	after := b.mass[m] + more
	return b.bounds[m].distance(after) <= b.distance(m) && (more <= 0 || after <= b.bounds[m].zone)
}

// moveStrays moves partitions to the least loaded member of their zones.
func (b *balancer) moveStrays() bool {
	q, changed := b.newQueues(), false
	for _, s := range b.strays() {
		w := b.weight(s.partition)
		if !b.allows(b.owner[s.partition], -w) {
			continue
		}
		m := q.get(b.barred.classOf(s.partition), s.want).first(func(m int32) bool { return !b.barred.bars(s.partition, m) })
		if m != NoOwner && b.allows(m, w) {
			b.moveForZone(s.partition, m)
			changed = true
		}
	}
	return changed
}

func (b *balancer) moveForZone(partition, to int32) {
	b.zoned[partition] = b.zoned[partition] || b.owner[partition] == b.in.Owner[partition]
	b.move(item{b.weight(partition), partition}, to)
}
