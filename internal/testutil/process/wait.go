package process

import (
	"context"
	"fmt"
	"net"
	"strings"
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

// awaitLimit bounds the time that a server may take until it answers.
const awaitLimit = time.Minute

// Await is Wait for a process of the runner, for at most a minute. Its errors show the
// end of the log. It returns ErrPortTaken if the log has the text that the server writes
// when somebody else listens at its address.
func (r *Runner) Await(ctx context.Context, p *Process, addr, taken string, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	err := p.Wait(ctx, ask)
	if err == nil {
		return nil
	}
	log := r.Log()
	if strings.Contains(log, taken) {
		err = fmt.Errorf("%w: %w", ErrPortTaken, err)
	}
	return fmt.Errorf("%s at %s does not answer: %w; its log ends:\n%s", r.name, addr, err, log)
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
