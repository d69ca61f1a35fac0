package rebalance_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

func TestCompute_RefusesMalformedInput(t *testing.T) {
	t.Parallel()
	two := make([]rebalance.Member, 2)
	owner := []int32{0, 1, -1}
	twice := []rebalance.Fix{{Partition: 1, Member: 1}, {Partition: 0, Member: 1}, {Partition: 1, Member: 1}}
	for _, test := range []struct {
		in   rebalance.Input
		want string
	}{
		{rebalance.Input{Members: []rebalance.Member{{}, {Capacity: -1}}}, "member 1 has capacity -1; give 0 (which means 1) to 1000000"},
		{rebalance.Input{Members: []rebalance.Member{{Capacity: rebalance.MaxCapacity + 1}}}, "member 0 has capacity 1000001;"},
		{rebalance.Input{Members: []rebalance.Member{{Cap: -2}}}, "member 0 has cap -2;"},
		{rebalance.Input{Members: two, Owner: []int32{0, 2}}, "partition 1 has owner 2;"},
		{rebalance.Input{Members: two, Owner: []int32{-2}}, "partition 0 has owner -2;"},
		{rebalance.Input{Owner: []int32{0}}, "of one of 0 members"},
		{rebalance.Input{Members: two, Owner: owner, Pins: []rebalance.Fix{{Partition: 3}}}, "pin of partition 3 and member 0; there are 3 partitions and 2 members"},
		{rebalance.Input{Members: two, Owner: owner, Pins: []rebalance.Fix{{Partition: -1}}}, "pin of partition -1"},
		{rebalance.Input{Members: two, Owner: owner, Exclusions: []rebalance.Fix{{Member: 2}}}, "exclusion of partition 0 and member 2;"},
		{rebalance.Input{Members: two, Owner: owner, Exclusions: []rebalance.Fix{{Member: -1}}}, "exclusion of partition 0 and member -1;"},
		{rebalance.Input{Members: two, Owner: owner, Pins: twice}, "pin of partition 1 and member 1 is given twice"},
		{rebalance.Input{Members: two, Owner: owner, Exclusions: twice}, "exclusion of partition 1 and member 1 is given twice"},
		{rebalance.Input{Members: two, Owner: owner, Frozen: []int32{3}}, "frozen partition 3; there are 3 partitions"},
		{rebalance.Input{Members: two, Owner: owner, Frozen: []int32{-1}}, "frozen partition -1;"},
		{rebalance.Input{Members: two, Owner: owner, Frozen: []int32{2, 0, 2}}, "partition 2 is frozen twice"},
		{rebalance.Input{Members: []rebalance.Member{{Zone: -2}}}, "member 0 has zone -2;"},
		{rebalance.Input{Members: two, Owner: owner, Weights: []int64{1, 2}}, "2 weights for 3 partitions; give none, or one for each"},
		{rebalance.Input{Members: two, Owner: owner, Needs: []uint64{1}}, "1 needs for 3 partitions;"},
		{rebalance.Input{Members: two, Owner: owner, Zones: make([]int32, 4)}, "4 zones for 3 partitions;"},
		{rebalance.Input{Members: two, Owner: owner, Zones: []int32{0, -2, 0}}, "partition 1 has zone -2;"},
		{rebalance.Input{Members: two, Owner: owner, Weights: []int64{1, -1, 1}}, "partition 1 has weight -1; give 0 to 1099511627776"},
		{rebalance.Input{Members: two, Owner: owner, Weights: []int64{rebalance.MaxWeight + 1, 0, 0}}, "partition 0 has weight 1099511627777;"},
		{rebalance.Input{Members: two, Owner: slices.Repeat(owner, 1<<19), Weights: slices.Repeat([]int64{rebalance.MaxWeight}, 3<<19)},
			"the weights up to partition 1048576 add up to 1152922604118474752; the limit is 1152921504606846976"},
		{rebalance.Input{Members: two, Owner: owner, Band: 1001}, "band 1001; give 0 to 1000"},
		{rebalance.Input{Members: two, Owner: owner, Band: -1}, "band -1;"},
		{rebalance.Input{Members: two, Owner: owner, ZoneSlack: 1001}, "zone slack 1001; give 0 to 1000"},
		{rebalance.Input{Members: two, Owner: owner, Budget: -1}, "budget -1;"},
	} {
		plan, err := rebalance.Compute(test.in)
		if !errors.Is(err, rebalance.ErrInvalidInput) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.1000s: error %v, want ErrInvalidInput with %q", fmt.Sprintf("%+v", test.in), err, test.want)
		}
		if plan.Owner != nil {
			t.Errorf("%+v: an error and a plan %+v", test.in, plan)
		}
	}
}

func TestCompute_AllowsTheLimits(t *testing.T) {
	t.Parallel()
	in := rebalance.Input{Owner: slices.Repeat([]int32{rebalance.NoOwner}, 1000)}
	for range 100 {
		in.Members = append(in.Members, rebalance.Member{Capacity: rebalance.MaxCapacity, Cap: 1 << 30})
	}
	in.Members = append(in.Members, rebalance.Member{Capacity: 1})
	plan, err := rebalance.Compute(in)
	if err != nil {
		t.Fatal(err)
	}
	for m := range int32(100) {
		if owned := count(plan.Owner, m); owned != 10 && owned != 9 {
			t.Errorf("member %d owns %d, want 10, or 9 at most once", m, owned)
		}
	}
	if owned := count(plan.Owner, 100); owned > 1 {
		t.Errorf("the weak member owns %d", owned)
	}
}

func TestCompute_AllowsTheLargestLoad(t *testing.T) {
	t.Parallel()
	const partitions = rebalance.MaxLoad / rebalance.MaxWeight
	in := rebalance.Input{
		Owner:   slices.Repeat([]int32{rebalance.NoOwner}, partitions),
		Weights: slices.Repeat([]int64{rebalance.MaxWeight}, partitions),
		Members: slices.Repeat([]rebalance.Member{{Capacity: rebalance.MaxCapacity}}, 64),
		Band:    1000,
	}
	plan, err := rebalance.Compute(in)
	if err != nil {
		t.Fatal(err)
	}
	for m := range int32(64) {
		if owned := count(plan.Owner, m); owned != partitions/64 {
			t.Errorf("member %d owns %d, want %d", m, owned, partitions/64)
		}
	}
}

func count(owner []int32, member int32) int {
	owned := 0
	for _, m := range owner {
		if m == member {
			owned++
		}
	}
	return owned
}

func TestReason_HasAWord(t *testing.T) {
	t.Parallel()
	for r, want := range map[rebalance.Reason]string{
		rebalance.ReasonBalance: "balance", rebalance.ReasonDrain: "drain", rebalance.ReasonExcluded: "excluded",
		rebalance.ReasonOrphan: "orphan", rebalance.ReasonPin: "pin", rebalance.ReasonZone: "zone", 99: "Reason(99)",
	} {
		if got := r.String(); got != want {
			t.Errorf("Reason(%d) is %q, want %q", uint8(r), got, want)
		}
	}
	if got := (rebalance.Problem{Kind: 99}).String(); got != "ProblemKind(99)" {
		t.Errorf("an unknown problem is %q", got)
	}
}
