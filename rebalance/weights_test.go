package rebalance_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

// drifted returns an even group whose lognormal weights have changed since, each by
// another lognormal factor.
func drifted(t testing.TB, seed uint64, partitions, members, band int) rebalance.Input {
	random := rand.New(rand.NewPCG(seed, 0))
	in := rebalance.Input{Members: make([]rebalance.Member, members), Owner: make([]int32, partitions), Weights: make([]int64, partitions), Band: band}
	for p := range in.Owner {
		in.Owner[p] = rebalance.NoOwner
		in.Weights[p] = int64(1000 * math.Exp(random.NormFloat64()))
	}
	plan, err := rebalance.Compute(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Owner = plan.Owner
	for p := range in.Weights {
		in.Weights[p] = int64(float64(in.Weights[p]) * math.Exp(random.NormFloat64()/2))
	}
	return in
}

func TestCompute_MovesLittleLoadAfterDrift(t *testing.T) {
	t.Parallel()
	for _, size := range []struct {
		partitions, members, band int
		most, mean                int64 // above the bound, in ten-thousandths: of each seed, and of all
	}{
		{10_000, 100, 50, 100, 33}, {100_000, 1000, 50, 100, 25}, {10_000, 100, 20, 300, 120}, {10_000, 100, 100, 100, 33},
	} {
		t.Run(fmt.Sprintf("%dx%d band %d", size.partitions, size.members, size.band), func(t *testing.T) {
			t.Parallel()
			sum := int64(0)
			for seed := range uint64(5) {
				in := drifted(t, seed, size.partitions, size.members, size.band)
				plan, err := rebalance.Compute(in)
				if err != nil {
					t.Fatal(err)
				}
				c := plan.Certificate
				t.Logf("seed %d: moved %d, bound %d, ratio %.4f; %d partitions; before %+v, after %+v", seed, c.MovedLoad, c.LoadBound,
					float64(c.MovedLoad)/float64(c.LoadBound), c.Moves, c.Before, c.After)
				if c.After != (rebalance.Spread{}) {
					t.Errorf("after %+v, problems %v", c.After, plan.Problems)
				}
				more := (c.MovedLoad - c.LoadBound) * 10_000 / c.LoadBound
				sum += more
				if more > size.most {
					t.Errorf("moved %d ten-thousandths above the bound, at most %d are expected", more, size.most)
				}
				if err := settled(in, plan); err != nil {
					t.Error(err)
				}
			}
			if sum/5 > size.mean {
				t.Errorf("moved %d ten-thousandths above the bound in the mean, at most %d are expected", sum/5, size.mean)
			}
		})
	}
}

// A member with a partition that is heavier than any share gives all others away.
func TestCompute_LeavesAHeavyPartitionAlone(t *testing.T) {
	t.Parallel()
	in := drifted(t, 1, 2000, 20, 50)
	for p := range in.Weights {
		if in.Owner[p] == in.Owner[0] && p > 0 {
			in.Weights[0] += 3 * in.Weights[p]
		}
	}
	plan, err := rebalance.Compute(in)
	if err != nil {
		t.Fatal(err)
	}
	if owned := count(plan.Owner, plan.Owner[0]); owned != 1 {
		t.Errorf("the owner of a heavy partition owns %d", owned)
	}
	heavy := slices.ContainsFunc(plan.Problems, func(p rebalance.Problem) bool {
		return p.Kind == rebalance.ProblemHeavyPartition && p.Partition == 0
	})
	outside := slices.IndexFunc(plan.Problems, func(p rebalance.Problem) bool { return p.Kind == rebalance.ProblemOutsideBand })
	if !heavy || outside < 0 || plan.Problems[outside].Count != 1 {
		t.Errorf("problems %v, want the heavy partition and nobody else outside", plan.Problems)
	}
}
