package tenuretest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/tenuretest"
)

// underFaults is a property of workers: whatever happens, they end up sharing.
func underFaults(worker tenuretest.Worker) func(c *tenuretest.Cluster, s tenuretest.Schedule) {
	return func(c *tenuretest.Cluster, s tenuretest.Schedule) {
		three(c, worker)
		c.Play(s)
		c.WaitBalanced("orders")
	}
}

func TestCheck_ACorrectWorkerPasses(t *testing.T) {
	t.Parallel()
	tenuretest.Check(t, underFaults(process(work, onUnchecked)))
}

func TestCheck_TheTokenMakesACarelessWorkerHarmless(t *testing.T) {
	t.Parallel()
	tenuretest.Check(t, underFaults(process(carelessWork, onFenced)))
}

// The mistake is found, one fault is left of the schedule, and it fails again
// when it is played by itself.
func TestCheck_FindsACarelessWorker(t *testing.T) {
	t.Parallel()
	var seeds []uint64
	for seed := range uint64(100) {
		seeds = append(seeds, seed)
	}
	var failure string
	played := map[string]tenuretest.Schedule{} // by Go source
	property := underFaults(process(carelessWork, onUnchecked))
	tenuretest.CheckSeeds(t, seeds, func(c *tenuretest.Cluster, s tenuretest.Schedule) {
		played[s.String()] = s
		property(c, s)
	}, func(format string, args ...any) {
		failure = fmt.Sprintf(format, args...)
	})
	expect(t, failure, "one of 1 still does:", "A3 ", "has an effect on orders/", "TENURE_SEED=")
	_, rest, _ := strings.Cut(failure, "still does:\n")
	printed, _, _ := strings.Cut(rest, "\nbreaches: ")
	small, ok := played[printed]
	if !ok {
		t.Fatalf("what was printed is not what was played:\n%s", printed)
	}
	again := record(t, func(c *tenuretest.Cluster) { property(c, small) })
	expect(t, again, "A3 ", "has an effect on orders/")
}

func TestShrink_LeavesWhatIsNeeded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := tenuretest.Draw(rapid.Uint64().Draw(t, "seed"))
		needed := rapid.IntRange(0, len(s)-1).Draw(t, "needed")
		fault, atLeast := s[needed].Fault, s[needed].For/3
		fails := func(s tenuretest.Schedule) bool {
			return slices.ContainsFunc(s, func(step tenuretest.Step) bool { return step.Fault == fault && step.For >= atLeast })
		}
		small, tries := tenuretest.Shrink(s, fails)
		if len(small) != 1 || !fails(small) || small[0].Member != 0 || small[0].At != 0 {
			t.Errorf("shrunk to %v after %d tries, want one %v of at least %v", small, tries, fault, atLeast)
		}
		if least := 2*atLeast + 2*time.Second; small[0].For > least {
			t.Errorf("shrunk to a %v of %v, %v is enough", fault, small[0].For, least)
		}
	})
}

// What fails only now and then is made smaller all the same.
func TestShrink_OfARareFailure(t *testing.T) {
	t.Parallel()
	s := tenuretest.Draw(3)
	played := map[string]int{}
	small, _ := tenuretest.Shrink(s, func(s tenuretest.Schedule) bool {
		played[s.String()]++
		return len(s) > 0 && played[s.String()] == 3
	})
	if len(small) != 1 {
		t.Errorf("shrunk from %d to %d faults, want 1", len(s), len(small))
	}
}

func TestDraw_DependsOnTheSeedAlone(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for seed := range uint64(100) {
		s := tenuretest.Draw(seed)
		if !slices.Equal(s, tenuretest.Draw(seed)) {
			t.Fatalf("seed %d gives two schedules", seed)
		}
		seen[s.String()] = true
		if !slices.IsSortedFunc(s, func(a, b tenuretest.Step) int { return int(a.At - b.At) }) {
			t.Errorf("seed %d: not in the order of time: %v", seed, s)
		}
	}
	if len(seen) < 99 {
		t.Errorf("100 seeds give %d schedules", len(seen))
	}
}

func TestSchedule_StringIsGo(t *testing.T) {
	t.Parallel()
	s := tenuretest.Schedule{
		{At: 1500 * time.Millisecond, Fault: tenuretest.Freeze, Member: 1, For: 17 * time.Second},
		{At: 2 * time.Second, Fault: tenuretest.CutReplies, Member: 0, For: time.Microsecond},
	}
	want := `tenuretest.Schedule{
	{At: 1500*time.Millisecond, Fault: tenuretest.Freeze, Member: 1, For: 17*time.Second},
	{At: 2*time.Second, Fault: tenuretest.CutReplies, Member: 0, For: 1000},
}`
	if got := s.String(); got != want {
		t.Errorf("String gives\n%s\nwant\n%s", got, want)
	}
	if got := tenuretest.Fault(99).String(); got != "Fault(99)" {
		t.Errorf("an unknown fault is called %s", got)
	}
}
