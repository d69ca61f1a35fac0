package rebalance_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
	"pgregory.net/rapid"
)

// drawGroup draws members with capacities, caps and drains, and owners of so many
// partitions, mostly among the first few.
func drawGroup(roll dice, members, partitions int) rebalance.Input {
	in := rebalance.Input{Members: make([]rebalance.Member, 1+roll("members", members)), Owner: make([]int32, roll("partitions", partitions+1))}
	n, p := len(in.Members), len(in.Owner)
	capacities, capping, draining := []int{1, 1, 3, 1000}[roll("capacities", 4)], roll("capping", 3), roll("draining", 3)
	for m := range in.Members {
		in.Members[m] = rebalance.Member{Capacity: 1 + roll("capacity", capacities), Drain: draining > 0 && roll("drain", 5) == 0}
		if capping > 0 && roll("capped", 2) > 0 {
			in.Members[m].Cap = 1 + roll("cap", 3*p/n+2)
		}
	}
	owners := 1 + roll("owners", n+1)
	for i := range in.Owner {
		in.Owner[i] = int32(roll("owner", owners)) - 1
	}
	return in
}

// bounds computes the shares of members by cutting off, until there is none, those
// whose caps are below a proportional share. It reports false if caps leave no room
// for all.
func bounds(in rebalance.Input) (lo, hi []int, ok bool) {
	n := len(in.Members)
	lo, hi = make([]int, n), make([]int, n)
	capped, rest := make([]bool, n), len(in.Owner)
	for {
		weights := 0
		for m, member := range in.Members {
			if !member.Drain && !capped[m] {
				weights += member.Capacity
			}
		}
		cut := 0
		for m, member := range in.Members {
			if !member.Drain && !capped[m] && member.Cap > 0 && member.Cap*weights < rest*member.Capacity {
				capped[m], lo[m], hi[m] = true, member.Cap, member.Cap
				cut += member.Cap
			}
		}
		if cut > 0 {
			rest -= cut
			continue
		}
		for m, member := range in.Members {
			if !member.Drain && !capped[m] {
				lo[m], hi[m] = rest*member.Capacity/weights, (rest*member.Capacity+weights-1)/weights
			}
		}
		return lo, hi, weights > 0 || rest == 0
	}
}

// checkFormula compares a plan with the formula of the package comment. It reports
// false if the formula says nothing of the input, as there is no room for all.
func checkFormula(in rebalance.Input) (bool, error) {
	lo, hi, ok := bounds(in)
	if !ok {
		return false, nil
	}
	plan, err := rebalance.Compute(in)
	if err != nil {
		return true, err
	}
	surplus, lack, orphans := 0, 0, 0
	before, after, moves := make([]int, len(in.Members)), make([]int, len(in.Members)), 0
	for p, m := range in.Owner {
		if plan.Owner[p] == rebalance.NoOwner {
			return true, fmt.Errorf("partition %d has no owner", p)
		}
		after[plan.Owner[p]]++
		if m == rebalance.NoOwner {
			orphans++
			continue
		}
		before[m]++
		if plan.Owner[p] != m {
			moves++
		}
	}
	for m := range before {
		surplus += max(0, before[m]-hi[m])
		lack += max(0, lo[m]-before[m])
		if after[m] < lo[m] || after[m] > hi[m] {
			return true, fmt.Errorf("member %d owns %d; its share is %d to %d", m, after[m], lo[m], hi[m])
		}
	}
	c := plan.Certificate
	if want := max(surplus, lack-orphans); moves != want || c.Moves != want || c.LowerBound != want || !c.Exact {
		return true, fmt.Errorf("%d moves, certificate %+v, the formula says %d moves", moves, c, want)
	}
	return true, nil
}

func TestCompute_MovesFollowTheFormula(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := drawGroup(rapidDice(t), 20, 200)
		if _, err := checkFormula(in); err != nil {
			t.Fatalf("%+v: %v", in, err)
		}
	})
}

// The same for many inputs, up to large ones.
func TestCompute_MovesFollowTheFormulaAtSize(t *testing.T) {
	t.Parallel()
	judged, most := 0, 0
	want := 100_000
	if testing.Short() {
		want = 3000
	}
	for seed := uint64(0); judged < want; seed++ {
		random := rand.New(rand.NewPCG(seed, 2))
		upTo := func(most float64) int { return int(math.Pow(most, random.Float64())) }
		in := drawGroup(func(_ string, n int) int { return random.IntN(n) }, upTo(2000), upTo(20_000))
		ok, err := checkFormula(in)
		if err != nil {
			t.Fatalf("seed %d, %d partitions, %d members: %v", seed, len(in.Owner), len(in.Members), err)
		}
		if ok {
			judged++
			most = max(most, len(in.Owner))
		}
	}
	t.Logf("%d inputs of up to %d partitions", judged, most)
}
