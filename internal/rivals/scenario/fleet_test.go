package scenario

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/rivals"
)

// toFirst gives everything to the first member that is there: uneven, and easy to count.
func toFirst() rivals.Strategy {
	return rivals.Strategy{Name: "first", Plan: func(g rivals.Group) []int32 {
		first := slices.IndexFunc(g.Members, func(m rivals.Member) bool { return !m.Leaving && !m.Away })
		return slices.Repeat([]int32{int32(first)}, len(g.Owner))
	}}
}

// slowly makes at most one change of a plan in each round.
func slowly(s rivals.Strategy) rivals.Strategy {
	return rivals.Strategy{Name: "slow", Round: time.Second, Plan: func(g rivals.Group) []int32 {
		owner, target := slices.Clone(g.Owner), s.Plan(g)
		for p := range owner {
			if owner[p] != target[p] {
				owner[p] = target[p]
				break
			}
		}
		return owner
	}}
}

func TestExperiments_MatchWhatIsCountedByHand(t *testing.T) {
	t.Parallel()
	type run = func(*fleet) ([]float64, error)
	for _, test := range []struct {
		name                string
		s                   rivals.Strategy
		partitions, members int
		run                 run
		want                []float64
	}{
		{"ours: 4, 3, 3", rivals.Tenure(), 10, 3, shares, []float64{1.2, 1}},
		{"all at one", toFirst(), 10, 5, shares, []float64{5, 10}},

		{"10/3 go to the third", rivals.Tenure(), 10, 2, joinOne, []float64{3}},
		{"the same, one by one", slowly(rivals.Tenure()), 10, 2, joinOne, []float64{3}},
		{"nothing goes", toFirst(), 10, 2, joinOne, []float64{0}},
		{"as many as must", rivals.Tenure(), 10, 2, joinRatio, []float64{1}},
		{"only the leaver's go", rivals.Tenure(), 10, 2, leaveOne, []float64{0}},

		{"3 go and 3 come, of 6, twice", rivals.Tenure(), 6, 2, restartFirst, []float64{2}},
		{"one of one: all wait for the next", toFirst(), 6, 1, restartSwap, []float64{1}},
		{"all go with each leaver", toFirst(), 6, 2, restartFirst, []float64{2}},
		{"2 come and 2 go, of 6, twice", rivals.Tenure(), 6, 2, restartSurge, []float64{8. / 6}},
		{"3 go over, of 6, twice", rivals.Tenure(), 6, 2, restartSwap, []float64{1}},
		{"with an extra for every second one", rivals.Tenure(), 9, 6, restartSwap, []float64{1}},
		{"nothing goes", rivals.Tenure(), 6, 2, restartAway, []float64{0}},
		{"all go to the second and back", toFirst(), 6, 2, restartAway, []float64{2}},

		{"each change makes the fewest moves", rivals.Tenure(), 20, 6, churn, []float64{1, 1}},
	} {
		f, err := newFleet(test.s, test.partitions, test.members, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := test.run(f)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v, want %v", test.name, got, err, test.want)
		}
	}
}

// What toFirst leaves uneven is told, and that it moves less than evenness takes.
func TestChurn_TellsUnevenness(t *testing.T) {
	t.Parallel()
	fewest, most := 20, 0
	s := toFirst()
	plan := s.Plan
	s.Plan = func(g rivals.Group) []int32 {
		fewest, most = min(fewest, len(g.Members)), max(most, len(g.Members))
		return plan(g)
	}
	for seed := range 20 {
		f, err := newFleet(s, 20, 6, seed)
		if err != nil {
			t.Fatal(err)
		}
		figures, err := churn(f)
		if err != nil || figures[0] != 0 || figures[1] != 20 {
			t.Errorf("%v, %v, want no moves and all at one", figures, err)
		}
	}
	if fewest != 3 || most != 12 {
		t.Errorf("%d to %d members, want 3 to 12", fewest, most)
	}
}

func TestFleet_CountsWhatIsHandedOn(t *testing.T) {
	t.Parallel()
	// Partition 0 goes from a to b to a newcomer: two moves, where the minimum is one.
	step := 0
	s := rivals.Strategy{Name: "detour", Round: time.Second, Plan: func(rivals.Group) []int32 {
		list := [][]int32{{0, 0, 1, 1}, {0, 0, 1, 1}, {1, 0, 1, 1}, {2, 0, 1, 1}, {2, 0, 1, 1}}
		step++
		return slices.Clone(list[step-1])
	}}
	f, err := newFleet(s, 4, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.join(); err != nil || f.moved != 2 || f.least != 1 || f.placed != 2 {
		t.Errorf("%v: moved %d, placed %d, minimum %d; want 2, 2 and 1", err, f.moved, f.placed, f.least)
	}
}

func TestFleet_NamesDifferBySeed(t *testing.T) {
	t.Parallel()
	names := make(map[string]bool)
	for seed := range 3 {
		f, err := newFleet(toFirst(), 1, 20, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range f.group.Members {
			names[m.Name] = true
		}
	}
	if len(names) != 60 {
		t.Errorf("60 members have %d names", len(names))
	}
}

func TestFleet_FindsPlansThatAreNone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		plan func(rivals.Group) []int32
		want string
	}{
		{func(rivals.Group) []int32 { return nil }, "planned 0 partitions of 6"},
		{func(g rivals.Group) []int32 { return slices.Clone(g.Owner) }, "partition 0 was given to -1 of 3 members"},
		{func(rivals.Group) []int32 { return []int32{0, 1, 2, 0, 1, 3} }, "partition 5 was given to 3 of 3 members"},
	} {
		_, err := newFleet(rivals.Strategy{Name: "broken", Plan: test.plan}, 6, 3, 1)
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, ErrPromise) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}

	turn := int32(0)
	restless := rivals.Strategy{Name: "restless", Round: time.Second, Plan: func(g rivals.Group) []int32 {
		turn = 1 - turn
		return slices.Repeat([]int32{turn}, len(g.Owner))
	}}
	if _, err := newFleet(restless, 6, 2, 1); err == nil || !strings.Contains(err.Error(), "no rest after 61 rounds") {
		t.Errorf("%v, want no rest", err)
	}

	keeps := toFirst()
	keeps.Plan = func(g rivals.Group) []int32 { return make([]int32, len(g.Owner)) }
	f, err := newFleet(keeps, 6, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := restartSurge(f); err == nil || !strings.Contains(err.Error(), "member 0: partition 0 was given to 0") {
		t.Errorf("%v: partitions may stay with a member that leaves", err)
	}
}
