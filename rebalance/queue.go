package rebalance

import "cmp"

// queue gives the member with the least load for its capacity, of those that have the
// labels of a class and are in one zone, or in any. It is a heap of loads as they were:
// while partitions are handed out loads only grow, so the first is brought up to date
// until it stays the first.
type queue struct {
	*balancer
	order   order
	heap    []place
	skipped []place
}

// order is which member comes first, and which are left out.
type order int

const (
	roomiestFirst order = iota // the least load for the capacity, of those below their caps
	emptiestFirst              // the same, of all
	fullestFirst               // the most load for the capacity, of all
)

type place struct {
	load, capacity int64
	member         int32
}

// compare puts the one with the least load for its capacity first, and of such the one
// with the largest capacity.
func (a place) compare(b place) int {
	if a.capacity == b.capacity && a.load != b.load {
		return cmp.Compare(a.load, b.load)
	}
	return cmp.Or(fuller(a.load, a.capacity, b.load, b.capacity), cmp.Compare(b.capacity, a.capacity), cmp.Compare(a.member, b.member))
}

// queueKey names a queue; zone is -1 for any.
type queueKey struct{ class, zone int32 }

// queues makes each queue when it is first needed.
type queues struct {
	*balancer
	made map[queueKey]*queue
}

func (b *balancer) newQueues() *queues { return &queues{b, map[queueKey]*queue{}} }

func (q *queues) get(class, zone int32) *queue {
	key := queueKey{class, zone}
	if made := q.made[key]; made != nil {
		return made
	}
	made := q.newQueue(roomiestFirst, func(m int32) bool {
		return !q.barred.lacks(class, m) && (zone < 0 || q.in.Members[m].Zone == zone)
	})
	q.made[key] = made
	return made
}

// newQueue makes a queue of live members.
func (b *balancer) newQueue(order order, has func(m int32) bool) *queue {
	q := &queue{balancer: b, order: order}
	for i := range b.seats {
		if m := int32(i); !b.seats[i].closed && has(m) {
			q.heap = append(q.heap, place{b.mass[i], b.seats[i].weight, m})
		}
	}
	for i := len(q.heap)/2 - 1; i >= 0; i-- {
		q.down(i)
	}
	return q
}

// first returns the first member that is accepted, or NoOwner.
func (q *queue) first(accept func(m int32) bool) int32 {
	found := NoOwner
	for len(q.heap) > 0 && found == NoOwner {
		top := &q.heap[0]
		s := &q.seats[top.member]
		switch {
		case q.order == roomiestFirst && s.load >= s.limit:
			q.pop()
		case top.load != q.mass[top.member]:
			top.load = q.mass[top.member]
			q.down(0)
		case accept(top.member):
			found = top.member
		default:
			q.skipped = append(q.skipped, *top)
			q.pop()
		}
	}
	for _, p := range q.skipped {
		q.heap = append(q.heap, p)
		q.up(len(q.heap) - 1)
	}
	q.skipped = q.skipped[:0]
	return found
}

func (q *queue) pop() {
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap = q.heap[:last]
	if last > 0 {
		q.down(0)
	}
}

func (q *queue) less(a, b *place) bool {
	if q.order == fullestFirst {
		a, b = b, a
	}
	if a.capacity == b.capacity && a.load != b.load { // compare, fast
		return a.load < b.load
	}
	return a.compare(*b) < 0
}

func (q *queue) down(i int) {
	moving := q.heap[i]
	for {
		child := 2*i + 1
		if child >= len(q.heap) {
			break
		}
		if child+1 < len(q.heap) && q.less(&q.heap[child+1], &q.heap[child]) {
			child++
		}
		if !q.less(&q.heap[child], &moving) {
			break
		}
		q.heap[i] = q.heap[child]
		i = child
	}
	q.heap[i] = moving
}

func (q *queue) up(i int) {
	for parent := (i - 1) / 2; i > 0 && q.less(&q.heap[i], &q.heap[parent]); parent = (i - 1) / 2 {
		q.heap[i], q.heap[parent] = q.heap[parent], q.heap[i]
		i = parent
	}
}
