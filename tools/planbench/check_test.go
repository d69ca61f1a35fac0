package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

// everyOwner calls back for each way to give partitions to members, from the least one
// that may be an owner.
func everyOwner(partitions, members int, least int32, do func([]int32)) {
	owner := slices.Repeat([]int32{least}, partitions)
	for {
		do(owner)
		p := 0
		for ; p < partitions; p++ {
			if owner[p]++; int(owner[p]) < members {
				break
			}
			owner[p] = least
		}
		if p == partitions {
			return
		}
	}
}

func TestLeastMoves_IsTheLeastOfAllEvenPlans(t *testing.T) {
	t.Parallel()
	for partitions := 1; partitions <= 5; partitions++ {
		for members := 1; members <= 3; members++ {
			everyOwner(partitions, members, rebalance.NoOwner, func(before []int32) {
				least := partitions
				everyOwner(partitions, members, 0, func(after []int32) {
					if even(after, members) == nil {
						least = min(least, moves(before, after))
					}
				})
				if got := leastMoves(before, members); got != least {
					t.Fatalf("%d members, owners %v: %d moves, the least of all plans is %d", members, before, got, least)
				}
			})
		}
	}
}

// planned returns a cell and the owners that it is given.
func planned(t *testing.T, c cell) (rebalance.Input, []int32) {
	t.Helper()
	in, err := c.input()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := rebalance.Compute(in)
	if err != nil {
		t.Fatal(err)
	}
	return in, plan.Owner
}

func TestChecks_AcceptAPlanAndSeeWhatIsWrongWithABrokenOne(t *testing.T) {
	t.Parallel()
	in, owner := planned(t, cell{size: sizes[0], change: join})
	members := len(in.Members)
	if err := complete(owner, len(in.Owner), members); err != nil {
		t.Error(err)
	}
	if err := even(owner, members); err != nil {
		t.Error(err)
	}
	if made, least := moves(in.Owner, owner), leastMoves(in.Owner, members); made != least || least != 100 {
		t.Errorf("%d moves, least %d; want 100", made, least)
	}

	for name, wrong := range map[string]int32{"nobody": rebalance.NoOwner, "one that is not there": int32(members)} {
		broken := slices.Clone(owner)
		broken[17] = wrong
		if complete(broken, len(in.Owner), members) == nil {
			t.Errorf("complete, with a partition of %s", name)
		}
	}
	if complete(owner[1:], len(in.Owner), members) == nil {
		t.Error("complete, with one partition less")
	}
	uneven := slices.Clone(owner)
	uneven[slices.Index(uneven, 3)] = 4
	if even(uneven, members) == nil {
		t.Error("even, with two more partitions at one member than at another")
	}
	// As even as the plan, with an exchange that nobody needs.
	exchanged := slices.Clone(owner)
	p, q := slices.Index(owner, 3), slices.Index(owner, 4)
	exchanged[p], exchanged[q] = exchanged[q], exchanged[p]
	if even(exchanged, members) != nil || moves(in.Owner, exchanged) == leastMoves(in.Owner, members) {
		t.Error("a needless exchange is not seen")
	}
}

func TestInput_IsTheGroupAfterTheChange(t *testing.T) {
	t.Parallel()
	for change, want := range map[string]struct{ members, orphans, counts int }{
		fresh: {100, 10_000, 1}, join: {100, 0, 3}, leave: {99, 100, 1}, leave10: {90, 1000, 1}, drift: {100, 0, 0},
	} {
		in, err := cell{size: sizes[1], change: change, weighted: change == drift}.input()
		if err != nil {
			t.Fatal(err)
		}
		orphans := 0
		for _, m := range in.Owner {
			if m == rebalance.NoOwner {
				orphans++
			}
		}
		counts := owned(in.Owner, len(in.Members))
		slices.Sort(counts)
		if counts = slices.Compact(counts); want.counts > 0 && len(counts) != want.counts {
			t.Errorf("%s: members own %v", change, counts)
		}
		if len(in.Members) != want.members || orphans != want.orphans {
			t.Errorf("%s: %d members, %d orphans; want %+v", change, len(in.Members), orphans, want)
		}
	}
}

func TestShuffle_KeepsTheGroup(t *testing.T) {
	t.Parallel()
	in, err := cell{sizes[0], leave, true}.input()
	if err != nil {
		t.Fatal(err)
	}
	type partition struct {
		owner  int32
		weight int64
	}
	list := func(in rebalance.Input) (all []partition) {
		for p, m := range in.Owner {
			all = append(all, partition{m, in.Weights[p]})
		}
		return all
	}
	before := list(in)
	after := list(shuffle(in, rand.New(rand.NewPCG(seed, 0))))
	if !slices.Equal(list(in), before) {
		t.Error("the group itself was changed")
	}
	if slices.Equal(before, after) {
		t.Error("the order is the same")
	}
	order := func(a, b partition) int {
		return cmp.Or(cmp.Compare(a.owner, b.owner), cmp.Compare(a.weight, b.weight))
	}
	slices.SortFunc(before, order)
	slices.SortFunc(after, order)
	if !slices.Equal(before, after) {
		t.Error("partitions lost their owners or weights")
	}
}
