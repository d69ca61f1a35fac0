package rivals_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/rivals"
)

// Those that look at who owns what end even.
func TestSticky_EndEven(t *testing.T) {
	t.Parallel()
	for _, s := range []rivals.Strategy{rivals.Tenure(), rivals.Uniform(), rivals.LeastShard(), rivals.TableStealing()} {
		for _, size := range []struct{ partitions, members int }{{1024, 16}, {150, 100}, {1000, 7}, {20, 6}} {
			g := start(t, s, size.partitions, size.members)
			if got := spread(g); got > 1 {
				t.Errorf("%s, %+v: max−min %d at the start", s.Name, size, got)
			}
			if got := spread(join(t, s, g)); got > 1 {
				t.Errorf("%s, %+v: max−min %d after a join", s.Name, size, got)
			}
		}
	}
}

// The extra partitions belong to the first members of a hash table: with other members
// first, an even group is given moves.
func TestUniform_MovesPartitionsOfAnEvenGroup(t *testing.T) {
	t.Parallel()
	s, needless := rivals.Uniform(), 0
	g := start(t, s, 150, 100)
	if moves := moved(g, settle(t, s, g), anyMove); moves != 0 {
		t.Errorf("%d moves with nothing changed at all", moves)
	}
	for m := range 100 {
		// Another name alone, in the same place, is another place in a hash table.
		renamed := rivals.Group{Members: slices.Clone(g.Members), Owner: g.Owner}
		renamed.Members[m].Name += "-again"
		needless += moved(g, settle(t, s, renamed), anyMove)
		if moves := moved(renamed, settle(t, rivals.Tenure(), renamed), anyMove); moves != 0 {
			t.Fatalf("ours moves %d", moves)
		}
	}
	if needless == 0 {
		t.Error("no needless move in 100 even groups: this is the assignor after its repair")
	}
}

func TestLeastShard_MovesTheMinimumInRounds(t *testing.T) {
	t.Parallel()
	s := rivals.LeastShard()
	g := start(t, s, 1024, 16)
	g.Members = append(slices.Clone(g.Members), rivals.Member{Name: "newcomer"})
	first := g
	first.Owner = s.Plan(g)
	if moves := moved(g, first, anyMove); moves != 20 {
		t.Errorf("%d moves in the first round, want the limit of 20", moves)
	}
	if moves := moved(g, settle(t, s, g), anyMove); moves != 60 {
		t.Errorf("a join moves %d, want 60", moves)
	}
	if moves := moved(g, settle(t, s, g), func(_, to int32) bool { return to != 16 }); moves != 0 {
		t.Errorf("%d moves do not go to the newcomer", moves)
	}
}

// The first to look takes all 64 orphans, and the others steal from it also what it had
// before.
func TestTableStealing_MovesWhatCouldStay(t *testing.T) {
	t.Parallel()
	s := rivals.TableStealing()
	g := start(t, s, 1024, 16)
	needless := 0
	for m := range 16 {
		left := leave(t, s, g, m)
		list := counts(left)
		list = slices.Delete(list, m, m+1)
		if slices.Max(list)-slices.Min(list) > 1 {
			t.Errorf("without %d: %v", m, list)
		}
		needless += moved(g, left, func(from, _ int32) bool { return from != int32(m) })
	}
	if needless < 16*20 {
		t.Errorf("%d needless moves in 16 leaves, want about 30 each", needless)
	}
}

// It steals only from who owns more than ⌈1024/17⌉ = 61: three from each of sixteen that
// own 64.
func TestEventHubs_LeavesTheNewcomerShort(t *testing.T) {
	t.Parallel()
	s := rivals.EventHubs()
	g := start(t, s, 1024, 16)
	if spread(g) != 0 {
		t.Fatalf("max−min is %d", spread(g))
	}
	joined := join(t, s, g)
	if got := counts(joined)[16]; got != 48 {
		t.Errorf("the newcomer owns %d, want 48 of the 60 that it should", got)
	}
	if got := spread(joined); got != 13 {
		t.Errorf("max−min is %d, want 13", got)
	}
	if moves := moved(g, leave(t, s, g, 3), func(from, _ int32) bool { return from != 3 }); moves != 0 {
		t.Errorf("%d needless moves when one leaves", moves)
	}
}

func TestEventHubs_TakesOneInEachRound(t *testing.T) {
	t.Parallel()
	s := rivals.EventHubs()
	g := start(t, s, 1024, 16)
	g.Members = append(slices.Clone(g.Members), rivals.Member{Name: "newcomer"})
	for want := 1; want <= 48; want++ {
		g.Owner = s.Plan(g)
		if got := counts(g)[16]; got != want {
			t.Fatalf("the newcomer owns %d after %d rounds", got, want)
		}
	}
}

func TestRound_IsThatOfTheModel(t *testing.T) {
	t.Parallel()
	for _, s := range rivals.All() {
		inRounds := slices.Contains([]string{rivals.LeastShard().Name, rivals.TableStealing().Name, rivals.EventHubs().Name}, s.Name)
		if inRounds && s.Round != 10*time.Second || !inRounds && s.Round != 0 {
			t.Errorf("%s has rounds of %v", s.Name, s.Round)
		}
	}
}
