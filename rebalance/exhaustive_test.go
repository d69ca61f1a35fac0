package rebalance_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

// memberTypes is every kind of member for so many partitions and members: capacities 1
// and 2, caps none, 1, 2 and the mean rounded up, and one that drains.
func memberTypes(members, partitions int) []rebalance.Member {
	caps := []int{0, 1, 2}
	if mean := (partitions + members - 1) / members; mean > 2 {
		caps = append(caps, mean)
	}
	types := []rebalance.Member{{Drain: true}}
	for capacity := 1; capacity <= 2; capacity++ {
		for _, most := range caps {
			types = append(types, rebalance.Member{Capacity: capacity, Cap: most})
		}
	}
	return types
}

// everyInput yields every input of so many members and partitions, up to the names of
// partitions. With few set, also up to the names of members, in ascending and descending
// order, as the planner breaks ties by index. Without, draining members come with a
// capacity and a cap, too, that must mean nothing.
func everyInput(members, partitions int, few bool, yield func(rebalance.Input) bool) {
	types := []rebalance.Member{}
	if members > 0 {
		types = memberTypes(members, partitions)
	}
	if !few {
		types = append(types, rebalance.Member{Drain: true, Capacity: 2, Cap: 1})
	}
	kinds, counts := make([]int, members), make([]int, members)
	var choose func(m, left int) bool
	choose = func(m, left int) bool {
		if m == members {
			return yield(smallInput(types, kinds, counts, left, false)) && (!few || yield(smallInput(types, kinds, counts, left, true)))
		}
		for kind := range types {
			for count := range left + 1 {
				if few && m > 0 && (kind < kinds[m-1] || kind == kinds[m-1] && count < counts[m-1]) {
					continue
				}
				kinds[m], counts[m] = kind, count
				if !choose(m+1, left-count) {
					return false
				}
			}
		}
		return true
	}
	choose(0, partitions)
}

func smallInput(types []rebalance.Member, kinds, counts []int, orphans int, reversed bool) rebalance.Input {
	in := rebalance.Input{}
	for i := range kinds {
		j := i
		if reversed {
			j = len(kinds) - 1 - i
		}
		in.Members = append(in.Members, types[kinds[j]])
		in.Owner = append(in.Owner, slices.Repeat([]int32{int32(i)}, counts[j])...)
	}
	return withOrphans(in, orphans, reversed)
}

// withOrphans adds orphans before or after the other partitions: members keep
// partitions by index, and room runs out by index.
func withOrphans(in rebalance.Input, orphans int, first bool) rebalance.Input {
	added := slices.Repeat([]int32{rebalance.NoOwner}, orphans)
	if first {
		in.Owner = append(added, in.Owner...)
	} else {
		in.Owner = append(in.Owner, added...)
	}
	return in
}

func TestCompute_IsOptimalOnEverySmallInput(t *testing.T) {
	t.Parallel()
	most := []struct {
		members, partitions int
		few                 bool
	}{{0, 3, false}, {1, 8, false}, {2, 8, false}, {3, 5, false}, {3, 8, true}, {4, 8, true}}
	if testing.Short() {
		most = most[:4]
		most[3].few = true
	}
	total := new(atomic.Int64)
	t.Cleanup(func() { t.Logf("%d inputs", total.Load()) })
	for _, size := range most {
		for partitions := range size.partitions + 1 {
			t.Run(fmt.Sprintf("%dx%d", partitions, size.members), func(t *testing.T) {
				t.Parallel()
				everyInput(size.members, partitions, size.few, func(in rebalance.Input) bool {
					total.Add(1)
					if err := checkOptimal(in); err != nil {
						t.Error(err)
					}
					return !t.Failed()
				})
			})
		}
	}
}

// settled checks that a plan, once carried out, is followed by no more moves.
func settled(in rebalance.Input, plan rebalance.Plan) error {
	in.Owner = plan.Owner
	again, err := rebalance.Compute(in)
	if err != nil {
		return err
	}
	if len(again.Moves) > 0 {
		return fmt.Errorf("planning again moves %+v", again.Moves)
	}
	return nil
}

// simple plans for members of equal capacity without any wish. It gives the extra
// partitions to the members in the order of their indexes, or to the fullest first.
func simple(in rebalance.Input, fullestFirst bool) rebalance.Plan {
	n := len(in.Members)
	counts := make([]int, n)
	for _, m := range in.Owner {
		if m != rebalance.NoOwner {
			counts[m]++
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	if fullestFirst {
		slices.SortStableFunc(order, func(a, b int) int { return counts[b] - counts[a] })
	}
	target := make([]int, n)
	for rank, m := range order {
		target[m] = len(in.Owner) / n
		if rank < len(in.Owner)%n {
			target[m]++
		}
	}
	plan := rebalance.Plan{Owner: slices.Clone(in.Owner)}
	for p, m := range in.Owner {
		if m != rebalance.NoOwner && target[m] > 0 {
			target[m]--
		} else {
			plan.Owner[p] = rebalance.NoOwner
		}
	}
	for p, m := range plan.Owner {
		if m == rebalance.NoOwner {
			to := slices.IndexFunc(target, func(left int) bool { return left > 0 })
			target[to]--
			plan.Owner[p] = int32(to)
		}
		from, to := in.Owner[p], plan.Owner[p]
		switch {
		case from == to:
			continue
		case from == rebalance.NoOwner:
			plan.Certificate.Placed++
		default:
			plan.Certificate.Moves++
		}
		plan.Moves = append(plan.Moves, rebalance.Move{Partition: int32(p), From: from, To: to})
	}
	plan.Certificate.Exact, plan.Certificate.LowerBound = true, plan.Certificate.Moves
	return plan
}

// The checks above must see the bug of KAFKA-18688: extra partitions go to the first
// members, so an even group moves. The same planner without the bug must pass.
func TestOracle_CatchesExtrasGivenToTheFirstMembers(t *testing.T) {
	t.Parallel()
	caught := 0
	everyInput(3, 7, true, func(in rebalance.Input) bool {
		if slices.ContainsFunc(in.Members, func(m rebalance.Member) bool { return m != rebalance.Member{Capacity: 1} }) {
			return true
		}
		o := newOracle(in)
		if err := o.check(simple(in, true)); err != nil {
			t.Errorf("%+v: the plan that gives extras to the fullest: %v", in, err)
		}
		if o.check(simple(in, false)) != nil {
			caught++
		}
		return !t.Failed()
	})
	if caught == 0 {
		t.Error("a planner that gives extras to the first members passed every check")
	}
	even := rebalance.Input{Members: make([]rebalance.Member, 3), Owner: []int32{0, 1, 1, 2, 2}}
	if err := newOracle(even).check(simple(even, false)); err == nil {
		t.Error("an even group was moved and the oracle said nothing")
	}
}
