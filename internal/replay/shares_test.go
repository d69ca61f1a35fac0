package replay

import (
	"math"
	"testing"

	"github.com/tenure-go/tenure/internal/rivals"
	"github.com/tenure-go/tenure/internal/trace"
)

// group makes a fleet of members in the states and with the capacities given, and what
// they own.
func group(states []state, capacities []int, weights []int64) *fleet {
	f := &fleet{trace: &trace.Trace{}, weights: weights}
	for i, s := range states {
		f.members = append(f.members, member{state: s, capacity: capacities[i]})
		f.present = append(f.present, int32(i))
	}
	return f
}

// leastMoves tries every plan and returns the least moves to one that is even, and the
// least load to one inside the band; -1 if there is none.
func leastMoves(f *fleet, owner []int32) (least int64) {
	least = -1
	plan := make([]int32, len(owner))
	var try func(p int, moved int64)
	try = func(p int, moved int64) {
		if p < len(plan) {
			for i := range f.members {
				plan[p] = int32(i)
				cost := int64(0)
				if owner[p] != rivals.NoOwner && owner[p] != int32(i) && f.members[owner[p]].state != away {
					cost = f.load(p)
				}
				if f.members[i].counted() {
					try(p+1, moved+cost)
				}
			}
			return
		}
		if s := f.shares(plan, false); s.even() && (least < 0 || moved < least) {
			least = moved
		}
	}
	try(0, 0)
	return least
}

// Every group of up to five partitions and three members: the formula is the least number
// of moves of any even plan.
func TestShares_MinimumIsThatOfTryingAll(t *testing.T) {
	t.Parallel()
	tried := 0
	for partitions := range 6 {
		for _, states := range [][]state{{up, up, up}, {up, up, leaving}, {up, away, down}, {up}, {up, leaving}} {
			for _, capacities := range [][]int{{1, 1, 1}, {1, 2, 3}, {3, 1, 1}} {
				f := group(states, capacities, nil)
				owners := len(states) + 1
				for code := range int(math.Pow(float64(owners), float64(partitions))) {
					owner := make([]int32, partitions)
					for p := range owner {
						owner[p] = int32(code%owners) - 1
						code /= owners
					}
					want := leastMoves(f, owner)
					if got := f.shares(owner, false).minimum(); got != want {
						t.Fatalf("states %v, capacities %v, owners %v: %d, want %d", states, capacities, owner, got, want)
					}
					tried++
				}
			}
		}
	}
	if tried < 10_000 {
		t.Errorf("tried %d groups", tried)
	}
}

func TestShares_LoadMinimum(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		weights []int64
		owner   []int32
		states  []state
		want    int64
	}{
		{[]int64{100, 100}, []int32{0, 1}, []state{up, up}, 0},
		{[]int64{104, 96}, []int32{0, 1}, []state{up, up}, 0},
		{[]int64{130, 70}, []int32{0, 1}, []state{up, up}, 25},                        // above 105, below 95
		{[]int64{104, 104, 104, 88}, []int32{0, 1, 2, 3}, []state{up, up, up, up}, 7}, // nobody is above 105, one is below 95
		{[]int64{100, 30, 100}, []int32{0, -1, 1}, []state{up, up}, 0},                // the orphan is for anybody
		{[]int64{100, 60, 40}, []int32{2, 0, 1}, []state{up, up, leaving}, 100},       // all that is with who leaves
		{[]int64{150, 150, 60}, []int32{0, 0, -1}, []state{up, up}, 111},              // 171 are missing, 60 are there
	} {
		f := group(test.states, []int{1, 1, 1, 1}, test.weights)
		if got := f.shares(test.owner, false).loadMinimum(); got != test.want {
			t.Errorf("weights %v, owners %v: %d, want %d", test.weights, test.owner, got, test.want)
		}
	}
}

func TestShares_MeasureInProportionToCapacity(t *testing.T) {
	t.Parallel()
	f := group([]state{up, up, away, leaving}, []int{1, 3, 1, 1}, []int64{10, 10, 10, 10, 70, 70})
	s := f.shares([]int32{0, 1, 1, 1, 2, 3}, true)
	if s.ratio() != 1 || s.spread() != 0 || s.partitions != 5 || s.load != 110 {
		t.Errorf("ratio %v, spread %v, %d partitions, load %d; want 1, 0, 5, 110", s.ratio(), s.spread(), s.partitions, s.load)
	}
	s = f.shares([]int32{0, 0, 1, 1, 2, 3}, false)
	if s.ratio() != 2 || s.spread() != 2 || s.orphans != 1 || s.orphanLoad != 70 {
		t.Errorf("ratio %v, spread %v, %d orphans, load %d; want 2, 2, 1, 70", s.ratio(), s.spread(), s.orphans, s.orphanLoad)
	}
}

func TestAround_KeepsInside64Bits(t *testing.T) {
	t.Parallel()
	total := int64(trace.MaxPartitions) * trace.MaxWeight * (1000 + band)
	whole := int64(trace.MaxMembers) * trace.MaxCapacity * 1000
	if down, up := around(total, trace.MaxCapacity, whole); down != total/(whole/trace.MaxCapacity) || up != down {
		t.Errorf("%d, %d", down, up)
	}
	if down, up := around(7, 2, 3); down != 4 || up != 5 {
		t.Errorf("14/3 is from %d to %d", down, up)
	}
}

func TestLasting_CountsValuesAsLongAsTheyLast(t *testing.T) {
	t.Parallel()
	var l lasting
	if got := l.distribution(); got != (Distribution{}) {
		t.Errorf("of nothing: %+v", got)
	}
	l.add(1, 90)
	l.add(9, 0)
	l.add(2, 4)
	l.add(2, 1)
	l.add(3, 5)
	if got, want := l.distribution(), (Distribution{Mean: 1.15, P95: 2, Max: 3}); math.Abs(got.Mean-want.Mean) > 1e-9 || got.P95 != want.P95 || got.Max != want.Max {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
