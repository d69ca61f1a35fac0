package membership

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/internal/trust"
)

// errTrustEnded is the cause of every context that the trust window ends.
var errTrustEnded = fmt.Errorf("%w: %w", ErrLost, ErrTrustEnded)

// errLeft is the cause of every context that the node's leaving ends.
var errLeft = fmt.Errorf("%w: %w", ErrLost, ErrLeft)

// window is the time in which a session may be trusted without asking again.
// It is counted from before the successful renewal was sent, so that it ends
// before the store can let the session expire. Once closed it stays closed.
type window struct {
	clock  Clock
	cancel context.CancelCauseFunc // ends the session's context
	until  atomic.Int64            // trusted until this reading of the clock
	closed atomic.Bool

	mu    sync.Mutex // guards the changes of until and closed, and timer
	timer Timer
}

func newWindow(clock Clock, until time.Duration, cancel context.CancelCauseFunc) *window {
	w := &window{clock: clock, cancel: cancel}
	w.until.Store(int64(until))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arm()
	return w
}

// extend moves the end of the window to until, never back, and only while the
// window is still open: a late reply extends nothing and revives nothing.
func (w *window) extend(until time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	present := time.Duration(w.until.Load())
	end, ok := trust.Extend(w.clock.Now(), present, until)
	if w.closed.Load() || !ok {
		return false
	}
	if end != present {
		w.until.Store(int64(end))
		w.arm()
	}
	return true
}

// arm sets the timer that closes the window whether or not the store answers.
// The caller holds mu.
func (w *window) arm() {
	if w.timer != nil {
		w.timer.Stop()
	}
	left := time.Duration(w.until.Load()) - w.clock.Now()
	w.timer = w.clock.AfterFunc(left, func() { w.close(errTrustEnded, false) })
}

// check compares the clock with the window, because a process that was stopped
// runs no timers. It closes the window if its time is over.
func (w *window) check() error {
	if w.closed.Load() {
		return ErrLost
	}
	if trust.Open(w.clock.Now(), time.Duration(w.until.Load())) {
		return nil
	}
	if w.close(errTrustEnded, false) {
		return ErrLost
	}
	return nil // extended between the two looks
}

// close ends the window for cause. Unless forced it first looks at the clock
// again, for a renewal may have come between. It reports whether the window is
// closed now.
func (w *window) close(cause error, force bool) bool {
	w.mu.Lock()
	if !force && !w.closed.Load() && trust.Open(w.clock.Now(), time.Duration(w.until.Load())) {
		w.arm() // a timer that fired early, on a clock of its own rate
		w.mu.Unlock()
		return false
	}
	first := w.closed.CompareAndSwap(false, true)
	w.timer.Stop()
	w.mu.Unlock()
	if first {
		w.cancel(cause) // outside mu: runs whatever hangs on the context
	}
	return true
}

// left is what remains of the window, 0 once it has closed.
func (w *window) left() time.Duration {
	if w.closed.Load() {
		return 0
	}
	return max(0, time.Duration(w.until.Load())-w.clock.Now())
}

// trusted is a context whose Err looks at the clock before it answers nil. It
// closes Done itself, so that the contract of context.Context holds. It has no
// Deadline: a moving one would be copied into the deadlines of calls.
type trusted struct {
	context.Context
	window *window
}

func (t trusted) Deadline() (time.Time, bool) { return time.Time{}, false }

func (t trusted) Err() error {
	if err := t.Context.Err(); err != nil {
		return err
	}
	if t.window.check() != nil {
		// Closing the window may be under way in another goroutine, which
		// cancels this context right after it marks the window closed.
		<-t.Done()
		return t.Context.Err()
	}
	return nil
}
