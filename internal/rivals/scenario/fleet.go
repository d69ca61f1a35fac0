package scenario

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tenure-go/tenure/internal/rivals"
)

// ErrPromise is wrapped by the error that tells which promise of this library its own
// planner did not keep.
var ErrPromise = errors.New("the planner of this library broke a promise")

// fleet is a group that one strategy plans for, and the sums of what it moved.
type fleet struct {
	strategy rivals.Strategy
	group    rivals.Group
	random   *rand.Rand
	ours     bool // the strategy is that of this library: each change is held to its promises
	named    int  // how many names were given out

	placed int // changes of owner, those from nobody included
	moved  int // changes of owner of partitions that had one
	least  int // the sum of the minimums, each of the state before a change
	spread int // the largest max−min of all states at rest
}

// newFleet returns a fleet whose members got their partitions from nothing. Nothing of
// that is in its sums. Another seed is other names.
func newFleet(s rivals.Strategy, partitions, members, seed int) (*fleet, error) {
	f := &fleet{
		strategy: s,
		group:    rivals.Group{Owner: slices.Repeat([]int32{rivals.NoOwner}, partitions)},
		random:   rand.New(rand.NewPCG(uint64(seed), uint64(partitions))),
		ours:     s.Name == rivals.Tenure().Name,
	}
	for range members {
		f.add()
	}
	if err := f.settle(); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	f.placed, f.moved, f.least, f.spread = 0, 0, 0, 0
	return f, nil
}

// add adds a member, the last one, without a plan. Its name sorts anywhere among the
// others.
func (f *fleet) add() {
	f.named++
	f.group.Members = append(f.group.Members, rivals.Member{Name: fmt.Sprintf("%08x-%d", f.random.Uint32(), f.named)})
}

// remove takes a member out, without a plan: what it owns has no owner then.
func (f *fleet) remove(member int) {
	f.group.Members = slices.Delete(f.group.Members, member, member+1)
	for p, owner := range f.group.Owner {
		switch {
		case owner == int32(member):
			f.group.Owner[p] = rivals.NoOwner
		case owner > int32(member):
			f.group.Owner[p]--
		}
	}
}

func (f *fleet) join() error {
	f.add()
	return f.settle()
}

func (f *fleet) leave(member int) error {
	f.remove(member)
	return f.settle()
}

// settle lets the strategy plan until it comes to rest, and adds up what moved.
func (f *fleet) settle() error {
	least, moved := minimum(f.group), 0
	for range 10*len(f.group.Owner) + 1 {
		owner := f.strategy.Plan(f.group)
		if len(owner) != len(f.group.Owner) {
			return fmt.Errorf("planned %d partitions of %d", len(owner), len(f.group.Owner))
		}
		rest := f.strategy.Round == 0 || slices.Equal(owner, f.group.Owner)
		for p, from := range f.group.Owner {
			if owner[p] != from {
				f.placed++
				if from != rivals.NoOwner {
					moved++
				}
			}
		}
		f.group.Owner = owner
		if rest {
			f.moved += moved
			f.least += least
			return f.judge(moved, least)
		}
	}
	return fmt.Errorf("no rest after %d rounds", 10*len(f.group.Owner)+1)
}

// judge checks a state at rest: everything is owned by somebody who may own it. Ours is
// even, too, and came there with the fewest moves possible.
func (f *fleet) judge(moved, least int) error {
	for p, owner := range f.group.Owner {
		if owner < 0 || int(owner) >= len(f.group.Members) || f.group.Members[owner].Leaving {
			return fmt.Errorf("partition %d was given to %d of %d members", p, owner, len(f.group.Members))
		}
	}
	owned := staying(f.group)
	spread := slices.Max(owned) - slices.Min(owned)
	f.spread = max(f.spread, spread)
	if f.ours && moved != least {
		return fmt.Errorf("%w: it moved %d partitions that had an owner, the minimum is %d", ErrPromise, moved, least)
	}
	if f.ours && spread > 1 {
		return fmt.Errorf("%w: one member owns %d more than another", ErrPromise, spread)
	}
	return nil
}

// perPartition is how often each partition changed its owner, on average.
func (f *fleet) perPartition() float64 { return float64(f.placed) / float64(len(f.group.Owner)) }

// maxOverMean is what the fullest member owns, by the mean.
func (f *fleet) maxOverMean() float64 {
	owned := staying(f.group)
	return float64(slices.Max(owned)*len(owned)) / float64(len(f.group.Owner))
}
