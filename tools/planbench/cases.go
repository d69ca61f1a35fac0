package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/tenure-go/tenure/rebalance"
)

// seed of all weights and numbers: a run plans the same groups as the last one.
const seed = 7

// size is how large a group is.
type size struct {
	name                string
	partitions, members int
}

var sizes = []size{{"1k×10", 1000, 10}, {"10k×100", 10_000, 100}, {"100k×1k", 100_000, 1000}, {"1M×10k", 1_000_000, 10_000}}

// The changes that a group is planned after. All but fresh start from an even group.
const (
	fresh   = "fresh"     // nobody owns anything
	join    = "join"      // one more member
	leave   = "leave"     // one member less
	leave10 = "leave 10%" // a tenth of the members less
	drift   = "drift"     // each weight times another lognormal factor of σ=0.5
)

var changes = []string{fresh, join, leave, leave10}

// cell is one group and what happened to it.
type cell struct {
	size     size
	change   string
	weighted bool // by lognormal weights of σ=1
}

func (c cell) String() string {
	if c.weighted {
		return fmt.Sprintf("weighted %s %s", c.change, c.size.name)
	}
	return fmt.Sprintf("unweighted %s %s", c.change, c.size.name)
}

// incremental: most owners stay as they are.
func (c cell) incremental() bool { return c.change != fresh }

// largest: the size that absolute times are given for.
func (c cell) largest() bool { return c.size == sizes[len(sizes)-1] }

// input is the group after the change.
func (c cell) input() (rebalance.Input, error) {
	random := rand.New(rand.NewPCG(seed, 0))
	in := rebalance.Input{
		Members: make([]rebalance.Member, c.size.members),
		Owner:   slices.Repeat([]int32{rebalance.NoOwner}, c.size.partitions),
	}
	if c.weighted {
		in.Weights = make([]int64, c.size.partitions)
		for p := range in.Weights {
			in.Weights[p] = int64(1000 * math.Exp(random.NormFloat64()))
		}
	}
	if c.change == fresh {
		return in, nil
	}
	if c.change == join {
		in.Members = in.Members[1:]
	}
	plan, err := rebalance.Compute(in)
	if err != nil {
		return in, fmt.Errorf("%v: the even group: %w", c, err)
	}
	in.Owner = plan.Owner
	switch c.change {
	case join:
		in.Members = append(in.Members, rebalance.Member{})
	case leave:
		depart(&in, 1)
	case leave10:
		depart(&in, c.size.members/10)
	case drift:
		for p := range in.Weights {
			in.Weights[p] = int64(float64(in.Weights[p]) * math.Exp(random.NormFloat64()/2))
		}
	}
	return in, nil
}

// depart takes the first members out; what they own has no owner then.
func depart(in *rebalance.Input, gone int) {
	in.Members = in.Members[gone:]
	for p := range in.Owner {
		in.Owner[p] = max(in.Owner[p]-int32(gone), rebalance.NoOwner)
	}
}

// shuffle returns the group with its partitions in another order.
func shuffle(in rebalance.Input, random *rand.Rand) rebalance.Input {
	in.Owner, in.Weights = slices.Clone(in.Owner), slices.Clone(in.Weights)
	random.Shuffle(len(in.Owner), func(i, j int) {
		in.Owner[i], in.Owner[j] = in.Owner[j], in.Owner[i]
		if in.Weights != nil {
			in.Weights[i], in.Weights[j] = in.Weights[j], in.Weights[i]
		}
	})
	return in
}
