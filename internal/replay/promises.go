package replay

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/internal/rivals"
)

// Breach is a plan of this library that broke a promise.
type Breach struct {
	At   time.Duration
	What string
}

// Error says when and what.
func (b Breach) Error() string { return fmt.Sprintf("at %v: %s", b.At, b.What) }

// judge returns the promises that the plan breaks. before is the state that it started
// from, moves what it moved away from members that are there.
func (r *run) judge(before *shares, bound int64, moves int64) []string {
	after := r.fleet.shares(r.owner, r.planner.Waits)
	if len(after.list) == 0 {
		return nil
	}
	var broken []string
	say := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	if after.orphans > 0 {
		say("%d partitions have no owner, though %d members could take them", after.orphans, len(after.list))
	}
	if after.draining > 0 {
		say("%d partitions stay with members that are leaving", after.draining)
	}
	if after.weighted {
		if !after.even() && r.fits(after) {
			say("a member is outside its band, though the heaviest partition first, each to the emptiest member, ends inside half of it")
		}
		return broken
	}
	if !after.even() {
		say("a member is more than one partition away from its share")
	}
	if minimum := before.minimum(); r.fleet.zones == nil {
		if bound != minimum {
			say("the certificate says that %d moves are the least, the formula says %d", bound, minimum)
		}
		if moves > minimum {
			say("%d moves, %d are enough", moves, minimum)
		}
	}
	return broken
}

// fits tries to bring all members inside half of their bands with no regard to moves: the
// heaviest partition first, each to the member that lacks most. Where this succeeds there
// is room for a planner that moves little; where only the edges of the band can be reached,
// finding out how is a puzzle that takes more time than there is, and nobody is held to it.
func (r *run) fits(s *shares) bool {
	var loads []int64
	for p, i := range r.owner {
		if i == rivals.NoOwner || r.fleet.members[i].state != away {
			loads = append(loads, r.fleet.load(p))
		}
	}
	slices.SortFunc(loads, func(a, b int64) int { return cmp.Compare(b, a) })
	empty := make(lacking, len(s.list))
	for i := range s.list {
		empty[i] = share{capacity: s.list[i].capacity}
		empty[i].low, empty[i].high = s.bounds(empty[i].capacity, band/2)
	}
	heap.Init(&empty)
	for _, load := range loads {
		empty[0].load += load
		heap.Fix(&empty, 0)
	}
	tried := shares{list: empty, weighted: true}
	return tried.even()
}

// lacking is a heap: first comes who lacks most to the middle of its band.
type lacking []share

func (l lacking) Len() int { return len(l) }
func (l lacking) Less(i, j int) bool {
	return l[i].low+l[i].high-2*l[i].load > l[j].low+l[j].high-2*l[j].load
}
func (l lacking) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l *lacking) Push(any)     {}             // none comes
func (l *lacking) Pop() any     { return nil } // and none goes
