package rebalance_test

import (
	"fmt"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

// fleet is a group whose members are replaced one by one.
type fleet struct {
	in    rebalance.Input
	moves int // of partitions that had an owner, and placements of those whose owner left
}

func newFleet(t *testing.T, partitions, members int) *fleet {
	f := &fleet{in: rebalance.Input{Members: make([]rebalance.Member, members), Owner: make([]int32, partitions)}}
	for p := range f.in.Owner {
		f.in.Owner[p] = rebalance.NoOwner
	}
	f.plan(t)
	f.moves = 0
	return f
}

func (f *fleet) plan(t *testing.T) {
	t.Helper()
	plan, err := rebalance.Compute(f.in)
	if err != nil {
		t.Fatal(err)
	}
	if c := plan.Certificate; c.Moves != c.LowerBound || c.After != (rebalance.Spread{}) {
		t.Fatalf("certificate %+v", c)
	}
	f.in.Owner = plan.Owner
	f.moves += len(plan.Moves)
}

// leave removes the first member.
func (f *fleet) leave() {
	f.in.Members = f.in.Members[1:]
	for p := range f.in.Owner {
		f.in.Owner[p] = max(f.in.Owner[p]-1, rebalance.NoOwner)
	}
}

func (f *fleet) join() { f.in.Members = append(f.in.Members, rebalance.Member{}) }

func TestCompute_RestartOfAFleet(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ partitions, members int }{{1000, 10}, {4096, 64}, {150, 100}, {100, 100}, {7, 3}} {
		t.Run(fmt.Sprintf("%dx%d", size.partitions, size.members), func(t *testing.T) {
			t.Parallel()
			swap, grace := newFleet(t, size.partitions, size.members), newFleet(t, size.partitions, size.members)
			for range size.members {
				swap.in.Members[0].Drain = true
				swap.join()
				swap.plan(t)
				swap.leave()

				grace.in.Members[0].Away = true
				grace.plan(t)
				grace.in.Members[0].Away = false
				grace.in.Members = append(grace.in.Members[1:], grace.in.Members[0])
				for p, m := range grace.in.Owner {
					grace.in.Owner[p] = (m + int32(size.members) - 1) % int32(size.members)
				}
				grace.plan(t)
			}
			if swap.moves != size.partitions {
				t.Errorf("replacing members one by one, the new one there before the old one leaves: %d moves, want %d", swap.moves, size.partitions)
			}
			if grace.moves != 0 {
				t.Errorf("members that are away and come back: %d moves, want none", grace.moves)
			}
		})
	}
}
