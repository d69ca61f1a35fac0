package rivals_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/internal/rivals"
)

// start returns a group of n members that has come to rest, from nothing.
func start(t *testing.T, s rivals.Strategy, partitions, n int) rivals.Group {
	t.Helper()
	g := rivals.Group{Owner: slices.Repeat([]int32{rivals.NoOwner}, partitions)}
	for i := range n {
		g.Members = append(g.Members, rivals.Member{Name: fmt.Sprintf("node-%d", i)})
	}
	return settle(t, s, g)
}

// settle calls Plan until nothing changes, and checks each plan.
func settle(t *testing.T, s rivals.Strategy, g rivals.Group) rivals.Group {
	t.Helper()
	for range 10 * len(g.Owner) {
		before := rivals.Group{Members: slices.Clone(g.Members), Owner: slices.Clone(g.Owner)}
		owner := s.Plan(g)
		if !slices.Equal(g.Members, before.Members) || !slices.Equal(g.Owner, before.Owner) {
			t.Fatalf("%s changed what it was given", s.Name)
		}
		if again := s.Plan(g); !slices.Equal(again, owner) {
			t.Fatalf("%s plans differently when asked again", s.Name)
		}
		if len(owner) != len(g.Owner) {
			t.Fatalf("%s planned %d partitions, want %d", s.Name, len(owner), len(g.Owner))
		}
		rest := slices.Equal(owner, g.Owner)
		g.Owner = owner
		if rest || s.Round == 0 {
			return g
		}
	}
	t.Fatalf("%s does not come to rest", s.Name)
	return g
}

// join adds a member, the last one.
func join(t *testing.T, s rivals.Strategy, g rivals.Group) rivals.Group {
	t.Helper()
	g.Members = append(slices.Clone(g.Members), rivals.Member{Name: "newcomer"})
	return settle(t, s, g)
}

// leave marks a member as leaving: to all but ours it is gone.
func leave(t *testing.T, s rivals.Strategy, g rivals.Group, member int) rivals.Group {
	t.Helper()
	g.Members = slices.Clone(g.Members)
	g.Members[member].Leaving = true
	return settle(t, s, g)
}

// moved counts the partitions whose owner differs and for which count says yes.
func moved(before, after rivals.Group, count func(from, to int32) bool) int {
	moves := 0
	for p, from := range before.Owner {
		if to := after.Owner[p]; to != from && count(from, to) {
			moves++
		}
	}
	return moves
}

func anyMove(int32, int32) bool { return true }

// counts returns how many each member owns.
func counts(g rivals.Group) []int {
	owned := make([]int, len(g.Members))
	for _, m := range g.Owner {
		owned[m]++
	}
	return owned
}

func spread(g rivals.Group) int {
	owned := counts(g)
	return slices.Max(owned) - slices.Min(owned)
}

// Names that are the rows of tables, each once.
func TestAll_StartsWithOurs(t *testing.T) {
	t.Parallel()
	var names []string
	for _, s := range rivals.All() {
		if slices.Contains(names, s.Name) || s.Name == "" || len(s.Name) > 20 {
			t.Errorf("a strategy has the name %q; give a short one, once", s.Name)
		}
		names = append(names, s.Name)
	}
	if names[0] != rivals.Tenure().Name || len(names) != 14 {
		t.Errorf("the strategies are %q", names)
	}
}

func TestAll_GiveEveryPartitionToAMemberThatIsThere(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ partitions, members int }{{1, 1}, {1, 5}, {7, 3}, {64, 1}, {150, 100}, {1024, 16}} {
		for _, s := range rivals.All() {
			g := join(t, s, start(t, s, size.partitions, size.members))
			g.Members[0].Away = s.Name != rivals.Tenure().Name // ours leaves it what it has
			g = leave(t, s, g, size.members/2)
			for p, owner := range g.Owner {
				if owner < 0 || int(owner) >= len(g.Members) {
					t.Fatalf("%s, %+v: partition %d has owner %d", s.Name, size, p, owner)
				}
				if m := g.Members[owner]; m.Leaving || m.Away {
					t.Fatalf("%s, %+v: partition %d stays with %+v", s.Name, size, p, m)
				}
			}
		}
	}
}

func TestAll_AreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	second := rivals.All()
	for i, s := range rivals.All() {
		a, b := start(t, s, 200, 7), start(t, second[i], 200, 7)
		if !slices.Equal(join(t, s, a).Owner, join(t, second[i], b).Owner) {
			t.Errorf("%s: two of them plan differently", s.Name)
		}
	}
}

func TestAll_LeaveOrphansWhereNobodyIs(t *testing.T) {
	t.Parallel()
	none := []int32{rivals.NoOwner, rivals.NoOwner}
	for _, s := range rivals.All() {
		if got := s.Plan(rivals.Group{Owner: none}); !slices.Equal(got, none) {
			t.Errorf("%s without members: %v", s.Name, got)
		}
		if got := s.Plan(rivals.Group{Members: []rivals.Member{{Name: "a"}}}); len(got) != 0 {
			t.Errorf("%s without partitions: %v", s.Name, got)
		}
	}
}

func TestAll_HaveNoPlanForAGroupThatMakesNoSense(t *testing.T) {
	t.Parallel()
	for _, s := range rivals.All() {
		for _, owner := range []int32{1, -2} {
			if got := s.Plan(rivals.Group{Members: []rivals.Member{{Name: "a"}}, Owner: []int32{owner}}); got != nil {
				t.Errorf("%s with owner %d: %v", s.Name, owner, got)
			}
		}
	}
}

func TestTenure_PlansAhead(t *testing.T) {
	t.Parallel()
	s := rivals.Tenure()
	g := start(t, s, 150, 100)
	swap := rivals.Group{Members: append(slices.Clone(g.Members), rivals.Member{Name: "newcomer"}), Owner: g.Owner}
	swap.Members[7].Leaving = true
	after := settle(t, s, swap)
	if all := moved(swap, after, anyMove); all != counts(g)[7] {
		t.Errorf("a swap in one plan moves %d, want the %d of the leaver", all, counts(g)[7])
	}

	away := rivals.Group{Members: slices.Clone(g.Members), Owner: g.Owner}
	away.Members[7].Away = true
	if after := settle(t, s, away); moved(away, after, anyMove) != 0 {
		t.Error("it does not wait for a member that is away")
	}
	newcomer := settle(t, s, rivals.Group{Members: append(slices.Clone(away.Members), rivals.Member{Name: "x"}, rivals.Member{Name: "y"}), Owner: g.Owner})
	if counts(newcomer)[7] != counts(g)[7] {
		t.Errorf("two join while one is away, which then owns %d of its %d", counts(newcomer)[7], counts(g)[7])
	}
	away.Owner = slices.Repeat([]int32{rivals.NoOwner}, 150)
	if counts(settle(t, s, away))[7] != 0 {
		t.Error("a member that is away gets what it did not own")
	}
}

func TestTenure_SharesLoad(t *testing.T) {
	t.Parallel()
	g := rivals.Group{
		Members: []rivals.Member{{Name: "a"}, {Name: "b"}},
		Owner:   slices.Repeat([]int32{rivals.NoOwner}, 4),
		Weights: []int64{30, 10, 10, 10},
	}
	owner := rivals.Tenure().Plan(g)
	if owner[0] == owner[1] || owner[1] != owner[2] || owner[2] != owner[3] {
		t.Errorf("weights %v are shared out as %v", g.Weights, owner)
	}
}
