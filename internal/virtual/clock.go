package virtual

import (
	"sync"
	"time"

	"github.com/tenure-go/tenure/membership"
)

// Clock is one node's clock: it runs at its own rate, and its timers do not
// fire while the process is stopped, although time goes on. It is safe for
// concurrent use.
type Clock struct {
	start time.Time
	rate  float64

	mu     sync.Mutex // guards what follows
	frozen bool
	missed []func() // timers that came due while frozen
	thawed chan struct{}
}

// NewClock returns a clock that runs at rate: 1 is true time.
func NewClock(rate float64) *Clock {
	return &Clock{start: time.Now(), rate: rate, thawed: closed()}
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// Now implements membership.Clock.
func (c *Clock) Now() time.Duration {
	return time.Duration(float64(time.Since(c.start)) * c.rate)
}

// AfterFunc implements membership.Clock.
func (c *Clock) AfterFunc(d time.Duration, f func()) membership.Timer {
	// One nanosecond more, so that a scaled timer never fires early.
	return time.AfterFunc(time.Duration(float64(d)/c.rate)+1, func() {
		c.mu.Lock()
		if c.frozen {
			c.missed = append(c.missed, f)
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		f()
	})
}

// Freeze stops the process, as SIGSTOP does.
func (c *Clock) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.frozen {
		c.frozen, c.thawed = true, make(chan struct{})
	}
}

// Thaw lets it go on: what came due meanwhile runs now.
func (c *Clock) Thaw() {
	c.mu.Lock()
	missed := c.missed
	if c.frozen {
		c.frozen, c.missed = false, nil
		close(c.thawed)
	}
	c.mu.Unlock()
	for _, f := range missed {
		go f()
	}
}

// Running waits until the process is not stopped.
func (c *Clock) Running() {
	c.mu.Lock()
	thawed := c.thawed
	c.mu.Unlock()
	<-thawed
}
