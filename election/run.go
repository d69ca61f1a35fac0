package election

import (
	"context"
	"fmt"
	"strconv"

	"github.com/tenure-go/tenure/internal/guard"
	"github.com/tenure-go/tenure/internal/retry"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/observe"
)

// Run campaigns, and calls lead with the term's context whenever this node
// leads. When lead returns nil, Run resigns and returns nil. When it returns an
// error or panics, Run resigns and campaigns again after a pause that grows.
// When the leadership is lost, Run campaigns again as soon as lead has
// returned. Run returns the cause of ctx when that is done, and
// membership.ErrLeft when the node leaves, in both cases after lead has
// returned and the claim is released. Other errors are those of New.
func Run(ctx context.Context, node *membership.Node, name string, lead func(context.Context, Term) error, options ...Option) error {
	if lead == nil {
		return fmt.Errorf("%w: the function to run is nil", membership.ErrInvalidConfig)
	}
	c, err := New(node, name, options...)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), node.TTL())
		defer cancel()
		_ = c.Close(end) // what is open then is closed by the keeper
	}()
	pauses := retry.New(node.TTL()/20, node.TTL()*4)
	for failures := 0; ; {
		term, err := c.Campaign(ctx)
		if err != nil {
			return err
		}
		finished, err := c.leadOnce(ctx, term, lead)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case finished:
			return nil
		case err == nil:
			failures = 0
			pauses.Reset()
			continue
		}
		failures++
		pause := pauses.Next()
		node.Observe(observe.CallbackFailed{
			Claim: observe.Claim{Origin: node.Origin(), Scope: name, Key: claimName, Token: uint64(term.Token())},
			Err:   err, Failures: failures, Retry: pause,
		})
		if err := membership.Sleep(ctx, node.Clock(), pause); err != nil {
			return err
		}
	}
}

// leadOnce runs lead for one term and resigns. It reports whether lead finished
// its work; an error is a failure of lead while it led.
func (c *Candidate) leadOnce(ctx context.Context, term Term, lead func(context.Context, Term) error) (finished bool, err error) {
	stop := context.AfterFunc(ctx, c.stop)
	err = guard.Call(func() error { return lead(term.Context(), term) })
	stop()
	interrupted := term.Context().Err() != nil
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.node.TTL())
	defer cancel()
	_ = term.Resign(end) // the release goes on by itself
	if interrupted {
		return false, nil
	}
	return err == nil, err
}

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }
