package rebalance

import (
	"cmp"
	"slices"
)

// item is a partition beside its weight, so that sorting does not jump through memory.
type item struct {
	weight    int64
	partition int32
}

func (a item) compare(b item) int {
	if a.weight != b.weight {
		return cmp.Compare(a.weight, b.weight)
	}
	return cmp.Compare(a.partition, b.partition)
}

// heaviestFirst sorts by falling weight, then by index.
func heaviestFirst(items []item) {
	slices.SortFunc(items, func(a, b item) int {
		if a.weight != b.weight {
			return cmp.Compare(b.weight, a.weight)
		}
		return cmp.Compare(a.partition, b.partition)
	})
}

// list is the free partitions of a member. Those that it gets are added, those that it
// loses stay in it until it is put in order again.
type list struct {
	items   []item
	ordered bool
	left    bool // some of the items are gone
}

func (l *list) add(it item) {
	l.items = append(l.items, it)
	l.ordered = false
}

// index lists the free partitions of all members.
func (b *balancer) index() {
	start := make([]int, len(b.seats)+1)
	for m := range b.seats {
		start[m+1] = start[m] + b.seats[m].load - b.seats[m].fixed
	}
	all := make([]item, start[len(b.seats)])
	next := slices.Clone(start)
	for i, m := range b.owner {
		if m != NoOwner && !b.fixed[i] {
			all[next[m]] = item{b.weight(int32(i)), int32(i)}
			next[m]++
		}
	}
	b.lists = make([]list, len(b.seats))
	for m := range b.lists {
		b.lists[m].items = all[start[m]:start[m+1]:start[m+1]]
	}
}

// own returns the list of m, the lightest first. Those that left it since it was put in
// order are in it still.
func (b *balancer) own(m int32) []item {
	if b.lists == nil {
		b.index()
	}
	l := &b.lists[m]
	if !l.ordered {
		if l.left {
			l.items = slices.DeleteFunc(l.items, func(it item) bool { return b.owner[it.partition] != m })
		}
		slices.SortFunc(l.items, item.compare)
		if l.left {
			l.items = slices.Compact(l.items) // one that left and came back is in it twice
		}
		l.ordered, l.left = true, false
	}
	return l.items
}
