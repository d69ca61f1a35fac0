package rebalance_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

// drawWeighted draws a small group whose partitions differ in weight.
func drawWeighted(random *rand.Rand) rebalance.Input {
	in := rebalance.Input{Members: make([]rebalance.Member, 2+random.IntN(3)), Band: []int{10, 50, 100, 200}[random.IntN(4)]}
	for m := range in.Members {
		in.Members[m] = rebalance.Member{Capacity: 1 + random.IntN(2)*random.IntN(2), Drain: m > 1 && random.IntN(5) == 0}
	}
	heaviest, owners := []int{5, 20, 1000}[random.IntN(3)], 1+random.IntN(2)*(len(in.Members)-1)
	for range len(in.Members) + random.IntN(9-len(in.Members)) {
		in.Owner = append(in.Owner, int32(random.IntN(owners))-int32(random.IntN(2)))
		in.Weights = append(in.Weights, int64(1+random.IntN(heaviest)))
	}
	return in
}

// weightedOracle tries every assignment for the least load that has to move to bring
// all members inside the band.
type weightedOracle struct {
	in        rebalance.Input
	low, high []int64
	load      []int64
	least     int64 // -1: there is none
}

func newWeightedOracle(in rebalance.Input) *weightedOracle {
	o := &weightedOracle{in: in, load: make([]int64, len(in.Members)), least: -1}
	total, capacity := int64(0), int64(0)
	for _, w := range in.Weights {
		total += w
	}
	for _, m := range in.Members {
		if !m.Drain {
			capacity += int64(m.Capacity)
		}
	}
	for _, m := range in.Members {
		low, high := int64(0), int64(0)
		if !m.Drain {
			low = (total*int64(m.Capacity)*int64(1000-in.Band) + capacity*1000 - 1) / (capacity * 1000)
			high = total * int64(m.Capacity) * int64(1000+in.Band) / (capacity * 1000)
		}
		o.low, o.high = append(o.low, low), append(o.high, high)
	}
	return o
}

func (o *weightedOracle) inside(load []int64) bool {
	for m := range load {
		if load[m] < o.low[m] || load[m] > o.high[m] {
			return false
		}
	}
	return true
}

func (o *weightedOracle) try(p int, moved int64) {
	if p == len(o.in.Owner) {
		if o.inside(o.load) && (o.least < 0 || moved < o.least) {
			o.least = moved
		}
		return
	}
	w := o.in.Weights[p]
	for m := range o.load {
		if o.load[m]+w > o.high[m] {
			continue
		}
		more := int64(0)
		if owner := o.in.Owner[p]; owner != rebalance.NoOwner && int(owner) != m {
			more = w
		}
		o.load[m] += w
		o.try(p+1, moved+more)
		o.load[m] -= w
	}
}

// check returns whether the band is possible, and what is wrong with the plan.
func (o *weightedOracle) check(plan rebalance.Plan) (possible bool, err error) {
	o.try(0, 0)
	if o.least < 0 {
		return false, nil
	}
	load, moved := make([]int64, len(o.in.Members)), int64(0)
	for p, m := range plan.Owner {
		if m == rebalance.NoOwner {
			return true, fmt.Errorf("partition %d has no owner", p)
		}
		load[m] += o.in.Weights[p]
		if owner := o.in.Owner[p]; owner != rebalance.NoOwner && owner != m {
			moved += o.in.Weights[p]
		}
	}
	c := plan.Certificate
	switch {
	case !o.inside(load):
		return true, fmt.Errorf("loads %d are outside the band %d to %d, which is possible", load, o.low, o.high)
	case moved != o.least || c.MovedLoad != moved:
		return true, fmt.Errorf("load %d moves, %d in the certificate; %d is enough", moved, c.MovedLoad, o.least)
	case c.LoadBound > o.least:
		return true, fmt.Errorf("load %d at least must move, says the certificate; %d is enough", c.LoadBound, o.least)
	}
	return true, nil
}

// heavy reports whether a partition is heavier than any member may be, so that shares
// are others.
func (o *weightedOracle) heavy() bool {
	return slices.Max(o.in.Weights) > slices.Max(o.high)
}

func TestCompute_IsOptimalOnSmallWeightedInputs(t *testing.T) {
	t.Parallel()
	count := uint64(20_000)
	if testing.Short() {
		count = 2000
	}
	possible, tight := 0, 0
	for seed := range count {
		in := drawWeighted(rand.New(rand.NewPCG(seed, 3)))
		o := newWeightedOracle(in)
		if o.heavy() {
			continue
		}
		plan, err := rebalance.Compute(in)
		if err != nil {
			t.Fatal(err)
		}
		ok, err := o.check(plan)
		if err == nil {
			err = settled(in, plan)
		}
		if err != nil {
			t.Fatalf("seed %d: %+v: %v\nplan %+v", seed, in, err, plan)
		}
		if ok {
			possible++
		}
		if ok && plan.Certificate.LoadBound == o.least {
			tight++
		}
	}
	t.Logf("the band is possible in %d of %d inputs; the bound is the optimum in %d", possible, count, tight)
	if possible < int(count)/10 || tight < possible {
		t.Error("the band is seldom possible, or the proof incomplete")
	}
}

// The certificate's bound holds for every plan, so also for those of the same group with
// its partitions in another order, which can be better by chance.
func TestCompute_BoundHoldsForEveryOrder(t *testing.T) {
	t.Parallel()
	count, judged := uint64(600), 0
	if testing.Short() {
		count = 100
	}
	for seed := range count {
		random := rand.New(rand.NewPCG(seed, 4))
		in := rebalance.Input{Members: make([]rebalance.Member, 2+random.IntN(5)), Band: []int{2, 10, 50}[random.IntN(3)]}
		for range 20 + random.IntN(60) {
			in.Owner = append(in.Owner, int32(random.IntN(len(in.Members)+1))-1)
			in.Weights = append(in.Weights, int64(1+random.IntN(100)*(1+random.IntN(20)/19*20)))
		}
		bound, least := int64(0), int64(-1)
		for range 6 {
			random.Shuffle(len(in.Owner), func(i, j int) {
				in.Owner[i], in.Owner[j] = in.Owner[j], in.Owner[i]
				in.Weights[i], in.Weights[j] = in.Weights[j], in.Weights[i]
			})
			plan, err := rebalance.Compute(in)
			if err != nil {
				t.Fatal(err)
			}
			c := plan.Certificate
			bound = max(bound, c.LoadBound)
			if c.After == (rebalance.Spread{}) && (least < 0 || c.MovedLoad < least) {
				least = c.MovedLoad
			}
		}
		if least >= 0 {
			judged++
		}
		if least >= 0 && bound > least {
			t.Fatalf("seed %d: %+v: load %d at least must move, but %d is enough", seed, in, bound, least)
		}
	}
	t.Logf("%d of %d groups can be brought inside their bands", judged, count)
	if judged < int(count)/2 {
		t.Error("few groups can: this test shows little")
	}
}
