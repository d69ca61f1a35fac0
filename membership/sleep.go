package membership

import (
	"context"
	"time"
)

// Sleep waits for d on the clock, or until ctx is done, and returns the cause
// of that.
func Sleep(ctx context.Context, clock Clock, d time.Duration) error {
	t := after(clock, d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// alarm is a timer with a channel, on any Clock.
type alarm struct {
	C <-chan struct{}
	Timer
}

func after(clock Clock, d time.Duration) alarm {
	c := make(chan struct{})
	return alarm{C: c, Timer: clock.AfterFunc(d, func() { close(c) })}
}
