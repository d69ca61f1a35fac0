package membership

import (
	"context"
	"fmt"
	"time"
)

// Call runs fn, which talks to the store, for at most d. A store's client may
// ignore its context, and waiting for it must not delay the loss of a lease:
// then fn is left running by itself, its result is dropped, and the error wraps
// ErrAbandoned. What fn did is unknown in that case.
func Call[T any](ctx context.Context, d time.Duration, fn func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	type answer struct {
		value T
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		defer cancel()
		value, err := fn(ctx)
		answered <- answer{value, err}
	}()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-answered: // both were ready
		return a.value, a.err
	default:
		var none T
		return none, fmt.Errorf("%w: %w", ErrAbandoned, context.Cause(ctx))
	}
}
