package sim

import (
	"sync"
	"time"

	"github.com/tenure-go/tenure/membership"
)

// clock is one node's clock: it runs at its own rate, and its timers do not
// fire while the process is stopped, although time goes on.
type clock struct {
	start time.Time
	rate  float64

	mu     sync.Mutex // guards what follows
	frozen bool
	missed []func() // timers that came due while frozen
	thawed chan struct{}
}

func newClock(rate float64) *clock {
	return &clock{start: time.Now(), rate: rate, thawed: closed()}
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// Now implements membership.Clock.
func (c *clock) Now() time.Duration {
	return time.Duration(float64(time.Since(c.start)) * c.rate)
}

// AfterFunc implements membership.Clock.
func (c *clock) AfterFunc(d time.Duration, f func()) membership.Timer {
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

// freeze stops the process, as SIGSTOP does.
func (c *clock) freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.frozen {
		c.frozen, c.thawed = true, make(chan struct{})
	}
}

// thaw lets it go on: what came due meanwhile runs now.
func (c *clock) thaw() {
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

// running waits until the process is not stopped.
func (c *clock) running() {
	c.mu.Lock()
	thawed := c.thawed
	c.mu.Unlock()
	<-thawed
}
