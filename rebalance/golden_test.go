package rebalance_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

var update = flag.Bool("update", false, "write testdata anew, to be read before it is committed")

const none = rebalance.NoOwner

// goldenInputs show one rule each. Their plans in testdata are for reading.
var goldenInputs = []struct {
	name string
	in   rebalance.Input
}{
	{"fresh", rebalance.Input{Members: make([]rebalance.Member, 3), Owner: slices.Repeat([]int32{none}, 10)}},
	{"even_group_stays", rebalance.Input{Members: make([]rebalance.Member, 3), Owner: []int32{0, 1, 2, 1, 2}}},
	{"join", rebalance.Input{Members: make([]rebalance.Member, 4), Owner: []int32{0, 1, 2, 0, 1, 2, 0, 1, 2}}},
	{"crash", rebalance.Input{Members: make([]rebalance.Member, 3), Owner: []int32{0, none, 2, 0, none, 2, 0, none, 2}}},
	{"extra_to_fullest", rebalance.Input{Members: make([]rebalance.Member, 3), Owner: []int32{none, 2, none, 2, 1}}},
	{"drain", rebalance.Input{Members: []rebalance.Member{{}, {Drain: true}, {}}, Owner: []int32{0, 1, 2, 1, 0, 1}}},
	{"drain_of_all", rebalance.Input{Members: []rebalance.Member{{Drain: true}, {Drain: true}}, Owner: []int32{0, 1, none}}},
	{"swap", rebalance.Input{Members: []rebalance.Member{{Drain: true}, {}, {}}, Owner: []int32{0, 1, 0, 1}}},
	{"capacities", rebalance.Input{Members: []rebalance.Member{{Capacity: 3}, {Capacity: 2}, {}}, Owner: slices.Repeat([]int32{none}, 10)}},
	{"caps", rebalance.Input{Members: []rebalance.Member{{Cap: 1}, {Cap: 3}, {}}, Owner: []int32{0, 0, 0, 0, none, 1, 2, 2, none, none}}},
	{"caps_too_small", rebalance.Input{Members: []rebalance.Member{{Cap: 1}, {Cap: 2}, {Drain: true}}, Owner: []int32{none, 0, 0, 0, 2, none, 0}}},
	{"caps_block_drain", rebalance.Input{Members: []rebalance.Member{{Cap: 2}, {Drain: true}}, Owner: []int32{0, 1, 1, none, 1}}},
	{"pins", rebalance.Input{
		Members: make([]rebalance.Member, 3), Owner: []int32{0, 0, 1, 1, 2, 2, none},
		Pins: []rebalance.Fix{{Partition: 0, Member: 2}, {Partition: 4, Member: 2}, {Partition: 6, Member: 2}, {Partition: 2, Member: 2}},
	}},
	{"impossible_pins", rebalance.Input{
		Members: []rebalance.Member{{}, {Drain: true}, {Cap: 1}}, Owner: []int32{0, 0, 0, 0, 0, 2}, Exclusions: []rebalance.Fix{{Partition: 2, Member: 0}},
		Pins: []rebalance.Fix{{0, 0}, {0, 2}, {1, 1}, {2, 0}, {3, 2}, {5, 2}},
	}},
	{"frozen", rebalance.Input{
		Members: make([]rebalance.Member, 3), Owner: []int32{0, 0, 0, 0, 0, 0, none, none},
		Frozen: []int32{7, 5, 4}, Pins: []rebalance.Fix{{Partition: 5, Member: 1}},
	}},
	{"exclusions", rebalance.Input{
		Members: make([]rebalance.Member, 3), Owner: []int32{0, 0, 0, 0, 1, none},
		Exclusions: []rebalance.Fix{{0, 0}, {3, 2}, {5, 0}, {5, 1}},
	}},
	{"exclusions_chain", rebalance.Input{
		Members: make([]rebalance.Member, 2), Owner: []int32{0, none},
		Exclusions: []rebalance.Fix{{Partition: 1, Member: 1}},
	}},
	{"exclusions_uneven", rebalance.Input{
		Members: make([]rebalance.Member, 3), Owner: []int32{0, 0, 0, 0, 1, 2},
		Exclusions: []rebalance.Fix{{0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 1}, {2, 2}, {3, 2}},
	}},
	{"nobody_eligible", rebalance.Input{
		Members: []rebalance.Member{{}, {Drain: true}}, Owner: []int32{0, none, 1, 1},
		Exclusions: []rebalance.Fix{{0, 0}, {1, 0}, {2, 0}},
	}},
	{"exclusions_send_back", rebalance.Input{
		Members: []rebalance.Member{{Cap: 1}, {}, {Drain: true}, {Drain: true}}, Owner: []int32{3, none, 2},
		Exclusions: []rebalance.Fix{{0, 1}, {1, 1}, {2, 0}},
	}},
	{"exclusions_leave_extras", rebalance.Input{ // members 2 and 3 may own but the last partition
		Members: []rebalance.Member{{}, {Capacity: 2}, {}, {}, {}}, Owner: []int32{0, 0, 1, 1, 4, 4, 2},
		Exclusions: []rebalance.Fix{
			{0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 2}, {2, 3}, {3, 2}, {3, 3}, {4, 2}, {4, 3}, {5, 2}, {5, 3},
			{6, 0}, {6, 1}, {6, 4},
		},
	}},
	{"no_members", rebalance.Input{Owner: []int32{none, none}}},
	{"labels", rebalance.Input{
		Members: []rebalance.Member{{Labels: 0b01}, {Labels: 0b11}, {}}, Owner: []int32{0, 0, 1, 2, none, none},
		Needs: []uint64{0, 0b10, 0b01, 0b01, 0b11, 0b100},
	}},
	{"away", rebalance.Input{
		Members: []rebalance.Member{{Away: true}, {}, {}}, Owner: []int32{0, 0, 0, 1, none, 2, none},
		Pins: []rebalance.Fix{{Partition: 3, Member: 0}},
	}},
	{"weights", rebalance.Input{
		Members: make([]rebalance.Member, 3), Owner: []int32{0, 0, 0, 0, 1, 1, 2, none},
		Weights: []int64{40, 30, 20, 10, 50, 20, 90, 40}, Band: 100,
	}},
	{"weights_inside_the_band_stay", rebalance.Input{
		Members: make([]rebalance.Member, 2), Owner: []int32{0, 0, 1, 1}, Weights: []int64{25, 27, 24, 24},
	}},
	{"weights_capacities", rebalance.Input{
		Members: []rebalance.Member{{Capacity: 2}, {}, {Drain: true}}, Owner: []int32{0, 0, 1, 2, 2, 2}, Weights: []int64{30, 10, 30, 25, 5, 20}, Band: 100,
	}},
	{"heavy_partition", rebalance.Input{
		Members: make([]rebalance.Member, 3), Owner: []int32{0, 0, 0, 1, 1, 2}, Weights: []int64{500, 20, 30, 50, 60, 40}, Band: 200,
	}},
	{"zones", rebalance.Input{
		Members: []rebalance.Member{{Zone: 0}, {Zone: 0}, {Zone: 1}}, Owner: []int32{0, 0, 1, 1, 2, 2}, Zones: []int32{1, 0, 0, 0, 0, 1},
	}},
	{"zone_slack", rebalance.Input{
		Members: []rebalance.Member{{Zone: 0}, {Zone: 1}}, Owner: []int32{0, 0, 0, 0, 1, 1, 1, 1, 1, 1}, Zones: []int32{0, 0, 0, 0, 0, 0, 0, 1, 1, -1},
		ZoneSlack: 200,
	}},
	{"budget", rebalance.Input{
		Members: []rebalance.Member{{Drain: true}, {}, {}, {}}, Owner: []int32{0, 0, 1, 1, 1, 1, 1, 2, none},
		Exclusions: []rebalance.Fix{{Partition: 7, Member: 2}}, Budget: 2,
	}},
	{"budget_most_useful_first", rebalance.Input{
		Members: make([]rebalance.Member, 4), Owner: []int32{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3}, Budget: 1,
	}},
}

func TestCompute_Golden(t *testing.T) {
	t.Parallel()
	for _, golden := range goldenInputs {
		t.Run(golden.name, func(t *testing.T) {
			t.Parallel()
			plan, err := rebalance.Compute(golden.in)
			if err != nil {
				t.Fatal(err)
			}
			got := printPlan(golden.in, plan)
			file := filepath.Join("testdata", golden.name+".txt")
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// printPlan writes the input and the plan for people.
func printPlan(in rebalance.Input, plan rebalance.Plan) []byte {
	var b bytes.Buffer
	for i, m := range in.Members {
		fmt.Fprintf(&b, "member %d: capacity %d, cap %d, drain %t", i, m.Capacity, m.Cap, m.Drain)
		if m.Away || m.Labels != 0 || in.Zones != nil {
			fmt.Fprintf(&b, ", away %t, labels %b, zone %d", m.Away, m.Labels, m.Zone)
		}
		fmt.Fprintln(&b)
	}
	for _, wish := range []struct {
		name string
		list any
	}{{"pins      ", in.Pins}, {"exclusions", in.Exclusions}, {"frozen    ", in.Frozen}, {"weights   ", in.Weights}, {"needs     ", fmt.Sprintf("%b", in.Needs)}, {"zones     ", in.Zones}, {"before    ", in.Owner}, {"after     ", plan.Owner}} {
		if text := fmt.Sprint(wish.list); text != "[]" {
			fmt.Fprintf(&b, "%s %s\n", wish.name, text)
		}
	}
	for _, m := range plan.Moves {
		fmt.Fprintf(&b, "move %d: %d -> %d, %s\n", m.Partition, m.From, m.To, m.Reason)
	}
	c := plan.Certificate
	fmt.Fprintf(&b, "{Moves:%d LowerBound:%d Placed:%d Unowned:%d Exact:%t Before:%+v After:%+v}\n",
		c.Moves, c.LowerBound, c.Placed, c.Unowned, c.Exact, c.Before, c.After)
	if in.Weights != nil || in.Zones != nil || in.Budget > 0 {
		fmt.Fprintf(&b, "{MovedLoad:%d LoadBound:%d Deferred:%d}\n", c.MovedLoad, c.LoadBound, c.Deferred)
	}
	for _, p := range plan.Problems {
		fmt.Fprintf(&b, "problem: %s\n", p)
	}
	return b.Bytes()
}
