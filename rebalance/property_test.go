package rebalance_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
	"pgregory.net/rapid"
)

// dice returns a number from 0 to n-1; the name is for messages.
type dice func(name string, n int) int

// rapidDice shrinks failures, but loves small numbers.
func rapidDice(t *rapid.T) dice {
	return func(name string, n int) int { return rapid.IntRange(0, n-1).Draw(t, name) }
}

// drawInput draws an input with every kind of wish, at most so large.
func drawInput(roll dice, members, partitions int) rebalance.Input {
	n, p := roll("members", members+1), roll("partitions", partitions+1)
	in := rebalance.Input{Members: make([]rebalance.Member, n), Owner: make([]int32, p)}
	largest := []int{1, 3, 30}[roll("largest capacity", 3)]
	capped, draining := roll("capped", 2), roll("draining", 4)
	for m := range in.Members {
		in.Members[m] = rebalance.Member{Capacity: roll("capacity", largest), Drain: roll("drain", 10) < draining}
		if capped > 0 && roll("has cap", 2) > 0 {
			in.Members[m].Cap = roll("cap", p+1)
		}
	}
	// Owners are mostly among the first few, so that groups are uneven.
	owners := 1 + roll("owners", n+1)
	freezing := roll("freeze", 2) * roll("freezing", 3)
	for i := range in.Owner {
		in.Owner[i] = int32(roll("owner", owners)) - 1
		if roll("frozen", 10) < freezing {
			in.Frozen = append(in.Frozen, int32(i))
		}
	}
	if n > 0 && p > 0 {
		in.Pins = drawFixes(roll, n, p, roll("pin", 2)*roll("pins", p/2+1))
		switch roll("exclude", 3) {
		case 1:
			in.Exclusions = drawFixes(roll, n, p, roll("exclusions", n*p+1))
		case 2:
			in.Exclusions = drawClasses(roll, n, p)
		}
	}
	return in
}

// drawFixes draws at most so many different fixes.
func drawFixes(roll dice, members, partitions, count int) []rebalance.Fix {
	seen := map[rebalance.Fix]bool{}
	var fixes []rebalance.Fix
	for range count {
		f := rebalance.Fix{Partition: int32(roll("partition", partitions)), Member: int32(roll("member", members))}
		if !seen[f] {
			seen[f] = true
			fixes = append(fixes, f)
		}
	}
	return fixes
}

// drawClasses keeps each partition to one of two halves of the members, or to none:
// the halves seldom get what suits their number.
func drawClasses(roll dice, members, partitions int) []rebalance.Fix {
	var fixes []rebalance.Fix
	for p := range partitions {
		class := roll("class", 3)
		for m := range members {
			if class < 2 && m%2 == class {
				fixes = append(fixes, rebalance.Fix{Partition: int32(p), Member: int32(m)})
			}
		}
	}
	return fixes
}

// checkOptimal compares a plan with the oracle's.
func checkOptimal(in rebalance.Input) error {
	plan, err := rebalance.Compute(in)
	if err == nil {
		err = newOracle(in).check(plan)
	}
	if err == nil {
		err = settled(in, plan)
	}
	if err != nil {
		return fmt.Errorf("%+v: %w\nplan %+v", in, err, plan)
	}
	return nil
}

func TestCompute_IsOptimalWithEveryWish(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		if err := checkOptimal(drawInput(rapidDice(t), 4, 7)); err != nil {
			t.Fatal(err)
		}
	})
}

// The same with evenly drawn numbers: most inputs are then large and full of wishes.
func TestCompute_IsOptimalWithManyWishes(t *testing.T) {
	t.Parallel()
	count := uint64(4000)
	if testing.Short() {
		count = 400
	}
	reached, missed := 0, 0
	for seed := range count {
		random := rand.New(rand.NewPCG(seed, 0))
		in := drawInput(func(_ string, n int) int { return random.IntN(n) }, 4, 9)
		if err := checkOptimal(in); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if plan, _ := rebalance.Compute(in); plan.Certificate.After == (rebalance.Spread{}) {
			reached++
		} else {
			missed++
		}
	}
	t.Logf("%d inputs reach their shares, %d cannot", reached, missed)
	if missed == 0 {
		t.Error("no input keeps members from their shares: the hard cases are not tested")
	}
}

// Larger inputs than the oracle can judge: the plan is well formed, its lower bound
// holds, planning again moves nothing, and equal inputs give equal plans.
func TestCompute_HoldsItsPromisesAtSize(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(rapidDice(t), 20, 80)
		plan, err := rebalance.Compute(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := wellFormed(in, plan); err != nil {
			t.Fatalf("%+v: %v", in, err)
		}
		if c := plan.Certificate; c.LowerBound > c.Moves || c.Exact && c.LowerBound != c.Moves {
			t.Fatalf("%+v: certificate %+v", in, c)
		}
		if err := settled(in, plan); err != nil {
			t.Fatalf("%+v: %v\nplan %+v", in, err, plan)
		}
		if err := repeatable(in, plan); err != nil {
			t.Fatal(err)
		}
	})
}
