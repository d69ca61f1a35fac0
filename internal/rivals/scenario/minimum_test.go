package scenario

import (
	"math"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/internal/rivals"
)

func TestMinimum_OfCasesByHand(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		owned         []int
		orphans       int
		leaving, away int // indexes, or -1
		want          int
	}{
		{"even", []int{2, 2, 1}, 0, -1, -1, 0},
		{"a newcomer gets the floor of 10/3", []int{5, 5, 0}, 0, -1, -1, 3},
		{"orphans fill the holes", []int{5, 3, 0}, 3, -1, -1, 1},
		{"enough orphans", []int{4, 0, 0}, 8, -1, -1, 0},
		{"a surplus stays one where orphans would fill", []int{9, 0, 0}, 3, -1, -1, 5},
		{"one leaves", []int{2, 2, 2}, 0, 1, -1, 2},
		{"one leaves as one comes", []int{4, 4, 0}, 0, 0, -1, 4},
		{"one is away", []int{4, 4, 4}, 0, -1, 2, 0},
		{"one is away and one comes", []int{4, 4, 0}, 0, -1, 0, 2},
		{"nobody stays", []int{4}, 0, 0, -1, 0},
	} {
		g := rivals.Group{Members: make([]rivals.Member, len(test.owned)), Owner: slices.Repeat([]int32{rivals.NoOwner}, test.orphans)}
		for m, n := range test.owned {
			g.Members[m].Leaving, g.Members[m].Away = m == test.leaving, m == test.away
			g.Owner = append(g.Owner, slices.Repeat([]int32{int32(m)}, n)...)
		}
		if got := minimum(g); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

// Every group of up to 4 partitions and 3 members in each state, against all plans there
// are.
func TestMinimum_IsWhatNoPlanBeats(t *testing.T) {
	t.Parallel()
	groups := 0
	for partitions := range 5 {
		for members := 1; members <= 3; members++ {
			for states := range power(3, members) {
				for owners := range power(members+1, partitions) {
					g := numbered(partitions, members, states, owners)
					if len(staying(g)) == 0 {
						continue
					}
					groups++
					if got, want := minimum(g), bestPlan(g); got != want {
						t.Fatalf("%+v: %d, want %d", g, got, want)
					}
				}
			}
		}
	}
	if groups < 5000 {
		t.Errorf("tried %d groups", groups)
	}
}

// numbered makes a group of two numbers, whose digits are states and owners.
func numbered(partitions, members, states, owners int) rivals.Group {
	g := rivals.Group{Members: make([]rivals.Member, members), Owner: make([]int32, partitions)}
	for m := range g.Members {
		g.Members[m].Leaving, g.Members[m].Away = states%3 == 1, states%3 == 2
		states /= 3
	}
	for p := range g.Owner {
		g.Owner[p] = int32(owners%(members+1)) - 1
		owners /= members + 1
	}
	return g
}

// bestPlan tries all plans in which members that stay end even, those that leave own
// nothing, and those away own what they did.
func bestPlan(g rivals.Group) int {
	best := math.MaxInt
	for owners := range power(len(g.Members), len(g.Owner)) {
		plan, moves, fits := rivals.Group{Members: g.Members, Owner: make([]int32, len(g.Owner))}, 0, true
		for p, from := range g.Owner {
			to := int32(owners % len(g.Members))
			owners /= len(g.Members)
			plan.Owner[p] = to
			fits = fits && !g.Members[to].Leaving && (from == to || !g.Members[to].Away && (from < 0 || !g.Members[from].Away))
			if from >= 0 && from != to {
				moves++
			}
		}
		if owned := staying(plan); fits && slices.Max(owned)-slices.Min(owned) <= 1 {
			best = min(best, moves)
		}
	}
	return best
}

func power(base, exponent int) int {
	product := 1
	for range exponent {
		product *= base
	}
	return product
}
