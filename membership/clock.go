package membership

import (
	"sync/atomic"
	"time"
)

// Clock tells a node the time that passes for it. Production code leaves
// Config.Clock nil; tests that give a node its own clock rate, or that stop
// it, pass their own. All methods are safe for concurrent use.
type Clock interface {
	// Now returns the time since some fixed instant. It never goes back.
	Now() time.Duration
	// AfterFunc calls f in its own goroutine once d has passed.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a pending call of AfterFunc.
type Timer interface {
	// Stop prevents the call if it has not begun, and reports whether it did.
	Stop() bool
}

// MonotonicClock is the process's monotonic clock, which does not count the
// time that a machine sleeps. It is the right one in a testing/synctest bubble,
// where time is virtual but the boot-time clock would be real.
func MonotonicClock() Clock { return monotonic{start: time.Now()} }

type monotonic struct{ start time.Time }

func (m monotonic) Now() time.Duration { return time.Since(m.start) }

func (monotonic) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// SystemClock is the default: the monotonic clock plus the time that the
// machine slept. The boot-time clock costs a system call, so it is looked at at
// most once per millisecond; after a resume, up to one millisecond of running
// time can pass before the sleep is counted. Where there is no boot-time clock
// it is the monotonic clock alone.
func SystemClock() Clock {
	boot, ok := bootTime()
	if !ok {
		return MonotonicClock()
	}
	s := &suspendAware{monotonic: monotonic{start: time.Now()}, boot: boot}
	s.looked.Store(-int64(lookEvery))
	return s
}

const lookEvery = time.Millisecond

type suspendAware struct {
	monotonic
	boot time.Duration // the boot-time clock at monotonic zero
	// slept is the time the machine slept since then; it only grows.
	slept atomic.Int64
	// looked is the monotonic time of the last look at the boot-time clock.
	looked atomic.Int64
}

func (s *suspendAware) Now() time.Duration {
	now := s.monotonic.Now()
	last := s.looked.Load()
	if now-time.Duration(last) >= lookEvery && s.looked.CompareAndSwap(last, int64(now)) {
		s.look()
	}
	return now + time.Duration(s.slept.Load())
}

// look compares the clocks. The monotonic clock is read after the boot-time
// clock: a pause between the two readings then only makes the difference
// smaller, and never counts as sleep.
func (s *suspendAware) look() {
	boot, ok := bootTime()
	if !ok {
		return
	}
	gap := int64(boot - s.boot - s.monotonic.Now())
	for {
		slept := s.slept.Load()
		if gap <= slept || s.slept.CompareAndSwap(slept, gap) {
			return
		}
	}
}
