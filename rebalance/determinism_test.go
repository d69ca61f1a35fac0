package rebalance_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

// repeatable checks that a copy of the input, with its lists in another order, gives
// the same plan, and that planning left the input as it was.
func repeatable(in rebalance.Input, plan rebalance.Plan) error {
	again := rebalance.Input{
		Members:    slices.Clone(in.Members),
		Owner:      slices.Clone(in.Owner),
		Pins:       slices.Clone(in.Pins),
		Exclusions: slices.Clone(in.Exclusions),
		Frozen:     slices.Clone(in.Frozen),
		Weights:    slices.Clone(in.Weights),
		Band:       in.Band,
		Needs:      slices.Clone(in.Needs),
		Zones:      slices.Clone(in.Zones),
		ZoneSlack:  in.ZoneSlack,
		Budget:     in.Budget,
	}
	slices.Reverse(again.Pins)
	slices.Reverse(again.Exclusions)
	slices.Reverse(again.Frozen)
	other, err := rebalance.Compute(again)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(plan, other) {
		return fmt.Errorf("%+v: two plans of one input:\n%+v\n%+v", in, plan, other)
	}
	slices.Reverse(again.Pins)
	slices.Reverse(again.Exclusions)
	slices.Reverse(again.Frozen)
	if !reflect.DeepEqual(in, again) {
		return fmt.Errorf("planning changed its input to %+v", again)
	}
	return nil
}

func TestCompute_IsDeterministic(t *testing.T) {
	t.Parallel()
	seed := uint64(20)
	random := rand.New(rand.NewPCG(seed, seed))
	t.Logf("seed %d", seed)
	in := rebalance.Input{Members: make([]rebalance.Member, 40)}
	for m := range in.Members {
		in.Members[m] = rebalance.Member{Capacity: random.IntN(4), Cap: random.IntN(2) * 60, Drain: random.IntN(10) == 0}
	}
	for p := range int32(1000) {
		in.Owner = append(in.Owner, random.Int32N(41)-1)
		in.Exclusions = append(in.Exclusions, rebalance.Fix{Partition: p, Member: random.Int32N(40)})
		switch {
		case p%50 == 0:
			in.Frozen = append(in.Frozen, p)
		case p%20 == 0:
			in.Pins = append(in.Pins, rebalance.Fix{Partition: p, Member: random.Int32N(40)})
		}
	}
	plan, err := rebalance.Compute(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := wellFormed(in, plan); err != nil {
		t.Error(err)
	}
	for range 20 {
		if err := repeatable(in, plan); err != nil {
			t.Fatal(err)
		}
	}
}
