package tenuretest

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// schedules is how many random schedules Check plays unless told otherwise.
const (
	schedules      = 100
	schedulesShort = 10
)

// Check plays f with random schedules of faults, each in a bubble of its own: f
// starts members, calls Play with the schedule, and then states what must be
// true, for example with WaitBalanced. It plays 100 of them, 10 with -short.
//
// The first schedule that fails is made smaller as long as it still fails, and
// printed with its seed. Report failures through the cluster's Errorf and Fatalf:
// a *testing.T from outside would end the search. These variables of the
// environment count:
//
//	TENURE_SEED=n    play only the schedule of this seed, as a failure prints it
//	TENURE_SEEDS=n   play the seeds 1 to n
//
// A seed decides the schedule and what bad networks do, but not the order in
// which goroutines run: a rare failure can need several tries.
func Check(t *testing.T, f func(c *Cluster, s Schedule)) {
	t.Helper()
	check(t, inMemory, seeds(t), f, func(format string, args ...any) {
		t.Helper()
		t.Fatalf(format, args...)
	})
}

// check plays the seeds in order, and calls fail for the first that fails.
func check(t *testing.T, open openStore, seeds []uint64, f func(c *Cluster, s Schedule), fail func(format string, args ...any)) {
	t.Helper()
	for _, seed := range seeds {
		s := draw(seed)
		messages := attempt(t, open, seed, s, f)
		if len(messages) == 0 {
			continue
		}
		small, messages, tries := shrink(s, messages, func(s Schedule) []string { return attempt(t, open, seed, s, f) })
		fail("a schedule of %d faults fails; after %d tries one of %d still does:\n%v\n%s\nplay it with Run and Play, or all of it with TENURE_SEED=%d",
			len(s), tries, len(small), small, strings.Join(messages, "\n"), seed)
		return
	}
}

// seeds returns what Check plays.
func seeds(t *testing.T) []uint64 {
	t.Helper()
	if seed, ok := number(t, "TENURE_SEED"); ok {
		return []uint64{seed}
	}
	n := uint64(schedules)
	if testing.Short() {
		n = schedulesShort
	}
	if set, ok := number(t, "TENURE_SEEDS"); ok {
		n = set
	}
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i + 1)
	}
	return all
}

func number(t *testing.T, variable string) (uint64, bool) {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s is %q, it must be a number: %v", variable, text, err)
	}
	return n, true
}

// attempt plays f once and returns what it reported as wrong.
func attempt(t *testing.T, open openStore, seed uint64, s Schedule, f func(c *Cluster, s Schedule)) []string {
	t.Helper()
	var r recorder
	defer func() {
		// The bubble panics when goroutines are left in it. What was reported
		// before that tells why.
		if p := recover(); p != nil {
			t.Errorf("%s", strings.Join(r.failures(), "\n"))
			panic(p)
		}
	}()
	synctest.Test(t, func(*testing.T) {
		done := make(chan struct{})
		go func() { // Fatalf ends this goroutine, and not the test's
			defer close(done)
			run(&r, open, seed, func(c *Cluster) { f(c, s) })
		}()
		<-done
	})
	return r.failures()
}

// recorder is a TB that keeps what a run reports, so that another can follow.
type recorder struct {
	mu     sync.Mutex // guards failed
	failed []string
}

func (*recorder) Helper() {}

// Logf drops what is of no use once there are many runs.
func (*recorder) Logf(string, ...any) {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) failures() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}
