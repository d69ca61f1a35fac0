package replay

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/rivals"
	"github.com/tenure-go/tenure/internal/trace"
)

// story has one of everything that can happen to members. With ten partitions:
const story = `partitions 10
ttl 15s
end 10m
0s join a
0s join b
1m join c             # 3 partitions move to it
2m leave a after=10s  # its 4 move away
3m crash b            # its 5 have no owner for 15s
4m return b           # 5 move back
5m away c for=1m      # its 5 have no owner for 30s
5m30s return c
6m crash c            # back before anybody knows
6m5s return c
7m away b for=1m      # its 5 have no owner for a minute, then c takes them
`

func TestPlay_TellsWhatOursMakesOfTheStory(t *testing.T) {
	t.Parallel()
	got := play(t, parse(t, story), Tenure())
	samples := got.Samples
	got.Samples, got.Planning, got.Longest = nil, 0, 0
	want := &Result{
		Name:  "tenure",
		Plans: 11, // a and b, c, a twice, b when that is known, b, c twice, c, b twice
		Moves: 3 + 4 + 5, Minimum: 3 + 4 + 5, MovedLoad: 12,
		Placed:  10 + 5 + 5,
		Ratio:   Distribution{Mean: 1.02, P95: 1.2, Max: 1.2},
		Spread:  Distribution{Mean: 0.1, P95: 1, Max: 1},
		Unowned: (15 + 30 + 5 + 60) * time.Second,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if first, last := samples[0], samples[len(samples)-1]; first.At != 0 || first.Ratio != 1 || last.Moves != 12 {
		t.Errorf("samples from %+v to %+v", first, last)
	}
}

func TestPlay_IsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	tr, err := trace.Generate(trace.Spec{Kind: "mixed", Partitions: 100, Members: 9, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []Planner{Tenure(), strategy(heir)} {
		first, second := play(t, tr, p), play(t, tr, p)
		first.Planning, first.Longest, second.Planning, second.Longest = 0, 0, 0, 0
		if !reflect.DeepEqual(first, second) {
			t.Errorf("%s: %+v, then %+v", p.Name, first, second)
		}
	}
}

func TestTenure_SeesCapacitiesAndZones(t *testing.T) {
	t.Parallel()
	var last []int32
	p := Tenure()
	plan := p.Plan
	p.Plan = func(v View) (Answer, error) {
		a, err := plan(v)
		last = a.Owner
		return a, err
	}
	play(t, parse(t, "partitions 4\nzone 0-1 2\nzone 2-3 1\n0s join a zone=1\n0s join b zone=2\n"), p)
	if !slices.Equal(last, []int32{1, 1, 0, 0}) {
		t.Errorf("owners %v, want each in the zone of its partition", last)
	}
	play(t, parse(t, "partitions 4\n0s join a capacity=3\n0s join b\n"), p)
	if slices.Sort(last); !slices.Equal(last, []int32{0, 0, 0, 1}) {
		t.Errorf("owners %v, want three of a and one of b", last)
	}
}

// A rival that waits for nobody: what a member that leaves has moves, what one that is
// away has is placed, what nobody takes stays until the member is gone.
func TestPlay_CountsForRivals(t *testing.T) {
	t.Parallel()
	got := play(t, parse(t, "partitions 4\nend 4m\n0s join a\n1m join b\n2m leave a after=1s\n3m join c\n3m away b for=1s\n"), strategy(heir))
	if got.Moves != 4 || got.Placed != 8 || got.Minimum != 2+4+0 {
		t.Errorf("%d moves (minimum %d), %d placed; want 4 (6) and 8", got.Moves, got.Minimum, got.Placed)
	}
	if got.Uneven != time.Minute || got.Unowned != 0 {
		t.Errorf("uneven for %v, unowned for %v; want 1m0s, 0s", got.Uneven, got.Unowned)
	}
	alone := play(t, parse(t, "partitions 4\nend 3m\n0s join a\n1m leave a after=1m"), strategy(heir))
	if alone.Unowned != time.Minute {
		t.Errorf("unowned for %v; want 1m0s: a has all until it is gone", alone.Unowned)
	}
}

// one gives at most one partition in each plan, to the member with the least.
func one(g rivals.Group) []int32 {
	owner := slices.Clone(g.Owner)
	if p := slices.Index(owner, rivals.NoOwner); p >= 0 {
		owner[p] = 0
	}
	return owner
}

func TestPlay_WorksInRounds(t *testing.T) {
	t.Parallel()
	p := strategy(one)
	p.Round = 10 * time.Second
	got := play(t, parse(t, "partitions 3\nend 1m\n5s join a\n"), p)
	if got.Plans != 4 || got.Placed != 3 || got.Unowned != 30*time.Second {
		t.Errorf("%d plans, %d placed, unowned for %v; want rounds at 10s, 20s, 30s and one that changes nothing, 3 placed", got.Plans, got.Placed, got.Unowned)
	}
	got = play(t, parse(t, "partitions 3\nend 25s\n0s join a\n10s join b\n20s join c\n"), p)
	if got.Plans != 2 || got.Placed != 2 || got.Unowned != 25*time.Second {
		t.Errorf("%d plans, %d placed, unowned for %v; want rounds at 10s and 20s, before what happens then", got.Plans, got.Placed, got.Unowned)
	}
}

func TestPlay_RefusesNonsense(t *testing.T) {
	t.Parallel()
	tr := parse(t, "partitions 2\n0s join a\n1m join b\n1m leave a after=1m\n")
	for want, plan := range map[string]func(rivals.Group) []int32{
		"plans for 0 of 2 partitions":                     func(rivals.Group) []int32 { return nil },
		"gives partition 1 to member 1 of 1":              func(rivals.Group) []int32 { return []int32{0, 1} },
		"gives partition 0 to member -2 of 1":             func(rivals.Group) []int32 { return []int32{-2, 0} },
		"at 1m0s of the trace: test gives partition 0 to": func(g rivals.Group) []int32 { return []int32{int32(3*len(g.Members) - 3), -1} },
		"at 1m0s of the trace: test gives partition 1 to a, which does not stay": func(g rivals.Group) []int32 {
			n := int32(len(g.Members)) // first one, then two
			return []int32{n - 1, n - 2}
		},
	} {
		if _, err := Play(t.Context(), tr, strategy(plan), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestPlay_EndsWithTheContext(t *testing.T) {
	t.Parallel()
	tr := parse(t, story)
	stopped := errors.New("stopped")
	ctx, stop := context.WithCancelCause(t.Context())
	calls := 0
	_, err := Play(ctx, tr, Tenure(), func(at time.Duration) {
		if calls++; at >= 2*time.Minute {
			stop(stopped)
		}
	})
	if !errors.Is(err, stopped) || calls != 3 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}
