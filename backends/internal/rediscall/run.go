package rediscall

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Run runs a script once, on the server that at returns, and returns its reply, nil for
// none. It returns when ctx is done, also when that is a cancellation, which the client
// library does not look at while it waits for a reply. Then the goroutine that waits is
// left behind; the client's ReadTimeout ends it.
func Run(ctx context.Context, at func() (*redis.Client, error), script *redis.Script, keys []string, args ...any) (any, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, context.Cause(ctx))
	}
	type answer struct {
		reply any
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		node, err := at()
		if err != nil {
			answered <- answer{nil, fmt.Errorf("%w: %w", ErrNotSent, err)}
			return
		}
		reply, err := script.Run(ctx, node, keys, args...).Result()
		answered <- answer{reply, err}
	}()
	select {
	case a := <-answered:
		if errors.Is(a.err, redis.Nil) {
			return nil, nil
		}
		return a.reply, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
