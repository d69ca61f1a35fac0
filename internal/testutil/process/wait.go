package process

import (
	"context"
	"fmt"
	"net"
	"time"
)

const (
	// askEvery is the pause between two looks at a server that does not answer yet.
	askEvery = 20 * time.Millisecond
	// askLimit bounds one look.
	askLimit = 2 * time.Second
)

// Wait asks until ask returns nil: the server answers. It returns ErrExited when the
// process ends first, and the context's error with the last answer when that does.
// Each ask has a context of at most two seconds.
func (p *Process) Wait(ctx context.Context, ask func(context.Context) error) error {
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	for {
		last := askOnce(ctx, ask)
		if last == nil {
			return nil
		}
		select {
		case <-p.done:
			return ErrExited
		case <-ctx.Done():
			return fmt.Errorf("%w; last answer: %w", context.Cause(ctx), last)
		case <-ticker.C:
		}
	}
}

func askOnce(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	return ask(ctx)
}

// Listens is an ask for Wait: it returns nil when somebody listens at the address
// host:port.
func Listens(addr string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
