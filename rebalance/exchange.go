package rebalance

import "sort"

// Limits of exchangeAll: how many partners a member looks at, how many partitions
// it passes over that may not be exchanged, and which part of its distance a step
// must gain. The last one bounds the number of steps.
const (
	triedPartners = 16
	triedSwaps    = 8
	leastGain     = 16
)

// swap moves one partition from a fuller member to an emptier one, and maybe another
// one back.
type swap struct {
	from, to   int32
	there      item
	back       item // if both
	both       bool
	gain, load int64 // how much nearer to the bounds, and what is moved for it
}

// better prefers more gain, then less load.
func (s swap) better(than swap) bool {
	return s.gain > than.gain || s.gain == than.gain && s.load < than.load
}

// exchangeAll helps members that shedding and filling left outside their bounds. Above
// them, a member exchanges with the emptiest ones; below, with the fullest.
func (b *balancer) exchangeAll(outside []int32) bool {
	if len(outside) == 0 {
		return false
	}
	emptiest, fullest := b.partners()
	changed := false
	for _, m := range outside {
		for b.distance(m) > 0 {
			partners := emptiest
			if b.mass[m] < b.bounds[m].low {
				partners = fullest
			}
			best := b.bestSwap(m, partners)
			if best.gain == 0 || best.gain < b.distance(m)/leastGain {
				break
			}
			b.exchange(best)
			changed = true
		}
	}
	return changed
}

// partners returns whom members above their bounds deal with, and whom those below.
func (b *balancer) partners() (emptiest, fullest *queue) {
	everybody := func(int32) bool { return true }
	return b.newQueue(emptiestFirst, everybody), b.newQueue(fullestFirst, everybody)
}

// bestSwap looks at the first members of a queue.
func (b *balancer) bestSwap(m int32, partners *queue) swap {
	var best swap
	tried := 0
	partners.first(func(partner int32) bool {
		if partner != m {
			if partners.order == emptiestFirst {
				best = b.swapBetween(m, partner, best)
			} else {
				best = b.swapBetween(partner, m, best)
			}
			tried++
		}
		return tried == triedPartners
	})
	return best
}

// swapBetween returns the best swap between two members, if it is better than the
// best so far.
func (b *balancer) swapBetween(from, to int32, best swap) swap {
	want := max(b.mass[from]-b.bounds[from].high, b.bounds[to].low-b.mass[to], 1)
	there, back := b.own(from), b.own(to)
	for _, it := range there {
		w := it.weight
		if w == 0 || b.owner[it.partition] != from || b.barred.bars(it.partition, to) {
			continue
		}
		if s := &b.seats[to]; s.load < s.limit {
			best = b.judge(swap{from: from, to: to, there: it}, best)
		}
		// The lightest partition to come back that leaves too much; before it are the others.
		middle := sort.Search(len(back), func(i int) bool { return back[i].weight > w-want })
		for _, direction := range []int{-1, 1} {
			i := middle + min(direction, 0)
			for tried := 0; i >= 0 && i < len(back) && tried < triedSwaps && back[i].weight < w; i += direction {
				p := back[i].partition
				if b.owner[p] != to { // it left, and is in the list until that is put in order
					continue
				}
				if !b.barred.bars(p, from) {
					best = b.judge(swap{from: from, to: to, there: it, back: back[i], both: true}, best)
					break
				}
				tried++
			}
		}
	}
	return best
}

// judge returns the better one of two swaps.
func (b *balancer) judge(s, best swap) swap {
	s.load = s.there.weight + s.back.weight
	less := s.there.weight - s.back.weight
	s.gain = b.distance(s.from) + b.distance(s.to) -
		b.bounds[s.from].distance(b.mass[s.from]-less) - b.bounds[s.to].distance(b.mass[s.to]+less)
	if s.gain > 0 && s.better(best) {
		return s
	}
	return best
}

func (b *balancer) exchange(s swap) {
	b.move(s.there, s.to)
	if s.both {
		b.move(s.back, s.from)
	}
}
