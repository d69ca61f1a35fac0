package rebalance_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
	"pgregory.net/rapid"
)

// drawWishes draws an input with the wishes of drawInput and, each with some
// probability, weights, labels, zones, a budget and members that are away.
func drawWishes(roll dice, members, partitions int) rebalance.Input {
	in := drawInput(roll, members, partitions)
	away, labels, zones := roll("away", 2), roll("labels", 2), roll("zones", 2)
	for m := range in.Members {
		in.Members[m].Away = away > 0 && roll("is away", 4) == 0
		in.Members[m].Labels = uint64(labels * roll("has labels", 8))
		in.Members[m].Zone = int32(zones * (roll("zone", 4) - 1))
	}
	heavy := []int{2, 10, 1000}[roll("heaviest", 3)]
	weights := roll("weights", 3) > 0
	for range in.Owner {
		if weights {
			w := roll("weight", heavy)
			if roll("giant", 20) == 0 {
				w *= heavy
			}
			in.Weights = append(in.Weights, int64(w))
		}
		if labels > 0 {
			in.Needs = append(in.Needs, uint64(roll("needs", 8)&roll("needs too", 8)))
		}
		if zones > 0 {
			in.Zones = append(in.Zones, int32(roll("zone", 4)-1))
		}
	}
	in.Band = []int{0, 1, 50, 200, 1000}[roll("band", 5)]
	in.ZoneSlack = []int{0, 50, 300}[roll("slack", 3)]
	in.Budget = max(0, roll("budget", 12)-6)
	return in
}

// eligible says who may own a partition.
func eligible(in rebalance.Input, p int, m int32) bool {
	if in.Needs != nil && in.Needs[p]&^in.Members[m].Labels != 0 {
		return false
	}
	return !slices.Contains(in.Exclusions, rebalance.Fix{Partition: int32(p), Member: m})
}

// lawful checks what no plan may do, whatever else is asked for.
func lawful(in rebalance.Input, plan rebalance.Plan) error {
	if err := wellFormed(in, plan); err != nil {
		return err
	}
	before, after := make([]int, len(in.Members)), make([]int, len(in.Members))
	for p, to := range plan.Owner {
		from := in.Owner[p]
		if from != rebalance.NoOwner {
			before[from]++
		}
		if to != rebalance.NoOwner {
			after[to]++
		}
		frozen := slices.Contains(in.Frozen, int32(p))
		if to != rebalance.NoOwner && !frozen && !eligible(in, p, to) {
			return fmt.Errorf("partition %d goes from %d to %d, who may not own it", p, from, to)
		}
		if to != from && to != rebalance.NoOwner && (in.Members[to].Drain || in.Members[to].Away) {
			return fmt.Errorf("partition %d goes to %d, who drains or is away", p, to)
		}
		if from == rebalance.NoOwner || from == to || frozen {
			continue
		}
		pinned := slices.ContainsFunc(in.Pins, func(f rebalance.Fix) bool { return f.Partition == int32(p) && f.Member == to })
		if in.Members[from].Away && !in.Members[from].Drain && eligible(in, p, from) && !pinned {
			return fmt.Errorf("partition %d leaves %d, who is away", p, from)
		}
		if to == rebalance.NoOwner && in.Members[from].Drain && eligible(in, p, from) {
			return fmt.Errorf("partition %d loses the draining owner %d and gets nobody", p, from)
		}
	}
	for m, member := range in.Members {
		if member.Cap > 0 && after[m] > max(member.Cap, before[m]) {
			return fmt.Errorf("member %d owns %d, its cap is %d", m, after[m], member.Cap)
		}
		if member.Cap > 0 && in.Budget == 0 && !member.Drain && !member.Away && after[m] > member.Cap && len(in.Frozen) == 0 {
			return fmt.Errorf("member %d still owns %d, its cap is %d", m, after[m], member.Cap)
		}
	}
	if c := plan.Certificate; c.After == (rebalance.Spread{}) && c.Deferred == 0 && c.LoadBound > c.MovedLoad {
		return fmt.Errorf("load %d moves, %d at least, says the certificate", c.MovedLoad, c.LoadBound)
	}
	if c := plan.Certificate; c.Exact && c.Moves+c.Deferred != c.LowerBound {
		return fmt.Errorf("%d moves and %d put off, exactly %d, says the certificate", c.Moves, c.Deferred, c.LowerBound)
	}
	return frugal(in, plan)
}

// frugal checks what a budget promises.
func frugal(in rebalance.Input, plan rebalance.Plan) error {
	c := plan.Certificate
	if c.Deferred > 0 && in.Budget == 0 {
		return fmt.Errorf("%d moves are put off without a budget", c.Deferred)
	}
	if in.Budget == 0 {
		return nil
	}
	free := in
	free.Budget = 0
	full, err := rebalance.Compute(free)
	if err != nil {
		return err
	}
	if full.Certificate.Moves != c.Moves+c.Deferred {
		return fmt.Errorf("%d moves and %d put off, but %d without a budget", c.Moves, c.Deferred, full.Certificate.Moves)
	}
	if full.Certificate.Placed != c.Placed {
		return fmt.Errorf("%d orphans are placed, %d without a budget", c.Placed, full.Certificate.Placed)
	}
	forced := false
	for _, m := range plan.Moves {
		if m.From != rebalance.NoOwner && !eligible(in, int(m.Partition), m.From) || m.From == rebalance.NoOwner {
			forced = true
		}
	}
	if c.Moves > in.Budget && !forced {
		return fmt.Errorf("%d moves, the budget is %d", c.Moves, in.Budget)
	}
	return nil
}

// checkWishes plans until nothing moves any more.
func checkWishes(in rebalance.Input) error {
	plan, err := rebalance.Compute(in)
	if err != nil {
		return err
	}
	if err := repeatable(in, plan); err != nil {
		return err
	}
	first := in
	for round := 0; ; round++ {
		if err := lawful(in, plan); err != nil {
			return fmt.Errorf("round %d: %+v: %w\nplan %+v", round, in, err, plan)
		}
		if in.Budget == 0 && round > 0 && len(plan.Moves) > 0 {
			return fmt.Errorf("%+v: planning again moves %+v", in, plan.Moves)
		}
		if len(plan.Moves) == 0 {
			break
		}
		if round > 10+20*len(in.Owner) {
			return fmt.Errorf("%+v: no end: %+v", first, plan)
		}
		in.Owner = plan.Owner
		if plan, err = rebalance.Compute(in); err != nil {
			return err
		}
	}
	return nil
}

func TestCompute_GrantsEveryWish(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		if err := checkWishes(drawWishes(rapidDice(t), 8, 30)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestCompute_GrantsManyWishes(t *testing.T) {
	t.Parallel()
	count := uint64(20000)
	if testing.Short() {
		count = 2000
	}
	for seed := range count {
		random := rand.New(rand.NewPCG(seed, 1))
		size := []int{5, 12, 40, 5, 12, 60}[seed%6]
		in := drawWishes(func(_ string, n int) int { return random.IntN(n) }, size/2, size)
		if err := checkWishes(in); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}
