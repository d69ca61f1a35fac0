package azureblob

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// errNotSent marks a request that was not sent because the context was done.
var errNotSent = errors.New("nothing was sent")

// once returns the context for one request, which the client library sends once,
// whatever the client's own settings are: it would repeat a write whose reply was lost,
// and the second copy would answer conflict; and it would wait for as long as a busy
// service asks, a renewal for longer than its session lives.
func once(ctx context.Context) (context.Context, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %w", errNotSent, context.Cause(ctx))
	}
	return policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1}), nil
}

// inParallel calls f for 0 to n-1, inFlight at a time. f returns soon after the context
// of the call is done, so that none waits for its turn for long.
func inParallel(n int, f func(i int)) {
	slots := make(chan struct{}, inFlight)
	var all sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	all.Wait()
}
