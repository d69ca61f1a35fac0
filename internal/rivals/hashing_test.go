package rivals_test

import (
	"slices"
	"testing"

	"github.com/tenure-go/tenure/internal/rivals"
)

// What consistent hashing is for: only what must go moves.
func TestRingAndRendezvous_MoveOnlyWithWhoComesOrGoes(t *testing.T) {
	t.Parallel()
	for _, s := range []rivals.Strategy{rivals.Ring(100), rivals.Ring(512), rivals.Rendezvous()} {
		g := start(t, s, 1024, 16)
		left := leave(t, s, g, 5)
		if moves := moved(g, left, anyMove); moves != counts(g)[5] {
			t.Errorf("%s: %d moves when a member leaves that owns %d", s.Name, moves, counts(g)[5])
		}
		joined := join(t, s, g)
		if moves := moved(g, joined, func(_, to int32) bool { return to != 16 }); moves != 0 {
			t.Errorf("%s: %d moves from old member to old member at a join", s.Name, moves)
		}
		if counts(joined)[16] == 0 {
			t.Errorf("%s: the newcomer gets nothing", s.Name)
		}
	}
}

// Hashing is not even: 1024 balls in 16 bins.
func TestHashing_IsUneven(t *testing.T) {
	t.Parallel()
	for _, s := range []rivals.Strategy{rivals.Ring(100), rivals.Ring(512), rivals.Rendezvous(), rivals.Jump(), rivals.Maglev()} {
		if got := spread(start(t, s, 1024, 16)); got < 15 || got > 80 {
			t.Errorf("%s: max−min %d, want about 30", s.Name, got)
		}
	}
}

// More points even the arcs of a ring out.
func TestRing_EvensOutWithMorePoints(t *testing.T) {
	t.Parallel()
	few, many := rivals.Ring(4), rivals.Ring(512)
	if a, b := spread(start(t, few, 100_000, 16)), spread(start(t, many, 100_000, 16)); a < 3*b {
		t.Errorf("max−min is %d with 4 points and %d with 512", a, b)
	}
}

func TestBoundedRing_KeepsToItsBound(t *testing.T) {
	t.Parallel()
	for _, percent := range []int{100, 105, 125} {
		s := rivals.BoundedRing(percent)
		for n := 1; n < 40; n++ {
			g := start(t, s, 1024, n)
			bound := (percent*1024 + 100*n - 1) / (100 * n)
			full := 0
			for m, owned := range counts(g) {
				if owned > bound {
					t.Fatalf("%s: member %d of %d owns %d; the bound is %d", s.Name, m, n, owned, bound)
				}
				if owned == bound {
					full++
				}
			}
			if n > 20 && full == 0 {
				t.Errorf("%s: nobody of %d is at the bound: it does nothing", s.Name, n)
			}
		}
	}
}

// The price of the bound: what does not fit moves along the ring.
func TestBoundedRing_MovesMoreWhenTighter(t *testing.T) {
	t.Parallel()
	needless := make(map[int]int)
	for _, percent := range []int{105, 125} {
		s := rivals.BoundedRing(percent)
		g := start(t, s, 1024, 16)
		for m := range 16 {
			needless[percent] += moved(g, leave(t, s, g, m), func(from, _ int32) bool { return from != int32(m) })
		}
	}
	if needless[105] < 5*16 || needless[125] > needless[105]/2 {
		t.Errorf("needless moves of 16 leaves: %v", needless)
	}
}

func TestJump_FillsTheHoleWithTheLastOne(t *testing.T) {
	t.Parallel()
	s := rivals.Jump()
	g := start(t, s, 1024, 16)
	left := leave(t, s, g, 5)
	for p, from := range g.Owner {
		if to := left.Owner[p]; from == 5 && to != 15 || from != 5 && from != 15 && to != from {
			t.Fatalf("partition %d goes from %d to %d", p, from, to)
		}
	}
	// What the last one had is spread over the others, though it is still there.
	if needless := moved(g, left, func(from, _ int32) bool { return from == 15 }); needless < 40 {
		t.Errorf("%d needless moves, want about 60", needless)
	}

	last := rivals.Jump()
	g = start(t, last, 1024, 16)
	if needless := moved(g, leave(t, last, g, 15), func(from, _ int32) bool { return from != 15 }); needless != 0 {
		t.Errorf("%d needless moves when the last one leaves", needless)
	}
	joined := join(t, rivals.Jump(), g)
	if moves := moved(g, joined, func(_, to int32) bool { return to != 16 }); moves != 0 || counts(joined)[16] == 0 {
		t.Errorf("a join moves %d between old members, and %d to the newcomer", moves, counts(joined)[16])
	}
}

// Where nobody owns anything, nothing is remembered of who was there before.
func TestJump_BeginsAnew(t *testing.T) {
	t.Parallel()
	used := rivals.Jump()
	leave(t, used, start(t, used, 1024, 16), 5)
	if got, want := start(t, used, 1024, 16), start(t, rivals.Jump(), 1024, 16); !slices.Equal(got.Owner, want.Owner) {
		t.Error("a used one plans otherwise than a new one")
	}
}

func TestMaglev_IsEvenInItsTableAndMovesLittle(t *testing.T) {
	t.Parallel()
	s := rivals.Maglev()
	if got := spread(start(t, s, 200_000, 10)); got > 1000 {
		t.Errorf("max−min of 200,000 is %d, want within balls in bins", got)
	}
	g := start(t, s, 1024, 16)
	needless := 0
	for m := range 16 {
		needless += moved(g, leave(t, s, g, m), func(from, _ int32) bool { return from != int32(m) })
	}
	if needless == 0 || needless > 16*20 {
		t.Errorf("%d needless moves in 16 leaves, want a few each", needless)
	}
}

func TestModulo_MovesNearlyEverything(t *testing.T) {
	t.Parallel()
	s := rivals.Modulo()
	g := start(t, s, 1024, 16)
	for p, owner := range g.Owner {
		// In the order of names node-1 is followed by node-10.
		if want := []string{"node-0", "node-1", "node-10", "node-11"}; p%16 < 4 && g.Members[owner].Name != want[p%16] {
			t.Fatalf("partition %d belongs to %s, want %s", p, g.Members[owner].Name, want[p%16])
		}
	}
	if moves := moved(g, join(t, s, g), anyMove); moves < 900 {
		t.Errorf("a join moves %d of 1024", moves)
	}
}

func TestRange_ShiftsItsBorders(t *testing.T) {
	t.Parallel()
	s := rivals.Range()
	g := start(t, s, 1024, 16)
	for p := 1; p < 1024; p++ {
		if before, name := g.Members[g.Owner[p-1]].Name, g.Members[g.Owner[p]].Name; name < before {
			t.Fatalf("partition %d belongs to %s, the one before it to %s", p, name, before)
		}
	}
	if moves := moved(g, join(t, s, g), anyMove); spread(g) != 0 || moves < 400 || moves > 600 {
		t.Errorf("max−min is %d, and a join moves %d of 1024, want about a half", spread(g), moves)
	}
}
