package tcpproxy

import (
	"sync"
	"sync/atomic"
	"time"
)

// way is the state of one direction, for all connections.
type way struct {
	pieces atomic.Int64 // how many were read

	mu      sync.Mutex // never held across a call that can block
	cut     bool
	held    bool
	delay   time.Duration
	changed chan struct{} // closed and replaced at every change
}

func newWay() *way { return &way{changed: make(chan struct{})} }

// set changes the state and wakes those who wait for a change.
func (w *way) set(change func(*way)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
	close(w.changed)
	w.changed = make(chan struct{})
}

// heal ends all faults; it is for set.
func (w *way) heal() { w.cut, w.held, w.delay = false, false, 0 }

// due is when a chunk that was read now may arrive.
func (w *way) due() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.delay)
}

// silences reports whether the way is cut, and marks c as one that lost
// something if so. The mark is set under mu: a Restore between the two would
// else miss it.
func (w *way) silences(c *pair) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		c.lost.Store(true)
	}
	return w.cut
}

// admit waits until a chunk with the given due time may be delivered. It
// returns false if the chunk is lost, because the way is cut or c ended.
func (w *way) admit(c *pair, due time.Time) bool {
	for {
		w.mu.Lock()
		if w.cut || c.silent.Load() {
			c.lost.Store(true)
			w.mu.Unlock()
			return false
		}
		held, changed := w.held, w.changed
		w.mu.Unlock()
		left := time.Until(due)
		if !held && left <= 0 {
			return !c.stopped()
		}
		if !await(c.stop, changed, left, held) {
			return false
		}
	}
}

// await returns after a change, or after d unless held; false means stop.
func await(stop, changed <-chan struct{}, d time.Duration, held bool) bool {
	var after <-chan time.Time
	if !held {
		timer := time.NewTimer(d)
		defer timer.Stop()
		after = timer.C
	}
	select {
	case <-stop:
		return false
	case <-changed:
	case <-after:
	}
	return true
}
