package membership

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/retry"
	"github.com/tenure-go/tenure/observe"
)

// openUntil opens a session, trying again with jittered pauses while the store
// is unavailable, until ctx is done.
func (n *Node) openUntil(ctx context.Context) (*Incarnation, error) {
	pauses := retry.New(n.cfg.TTL/50, n.cfg.TTL/3)
	for {
		inc, err := n.open(ctx)
		if err == nil {
			return inc, nil
		}
		if errors.Is(err, backends.ErrInvalid) || errors.Is(err, backends.ErrDenied) || errors.Is(err, backends.ErrUnsupported) {
			return nil, err
		}
		pause := pauses.Next()
		n.Observe(observe.JoinFailed{Origin: n.Origin(), Err: err, Retry: pause})
		if Sleep(ctx, n.cfg.Clock, pause) != nil {
			return nil, fmt.Errorf("membership: join: %w: last attempt: %w", context.Cause(ctx), err)
		}
	}
}

// open makes one attempt. The trust window counts from before the call.
func (n *Node) open(ctx context.Context) (*Incarnation, error) {
	type opened struct {
		session backends.Session
		renewal backends.Renewal
	}
	describe := Member{Name: n.cfg.Name, Started: time.Now(), TTL: n.cfg.TTL, Address: n.cfg.Address, Build: n.cfg.Build}
	spec := backends.SessionSpec{TTL: n.cfg.TTL, Description: describe.encode()}
	called := n.cfg.Clock.Now()
	o, err := Call(ctx, n.cfg.every(), func(ctx context.Context) (opened, error) {
		session, renewal, err := n.backend.OpenSession(ctx, spec)
		return opened{session, renewal}, err
	})
	if err != nil {
		return nil, fmt.Errorf("membership: open a session on %s: %w", n.caps.Store, err)
	}
	n.stamp.Store(max(n.stamp.Load(), o.renewal.Stamp))
	sessionCtx, cancel := context.WithCancelCause(context.Background())
	until := called + n.cfg.trust(o.renewal.ValidFor)
	inc := &Incarnation{session: o.session, ctx: sessionCtx, opened: called, window: newWindow(n.cfg.Clock, until, cancel)}
	n.renewed(nil)
	n.Observe(observe.SessionOpened{Origin: n.Origin(), Session: string(inc.ID()), ValidFor: o.renewal.ValidFor, Took: n.cfg.Clock.Now() - called})
	return inc, nil
}

// live keeps one session after the other until the node leaves.
func (n *Node) live(inc *Incarnation) {
	defer close(n.done)
	for {
		// Also for a session that was opened while the node was leaving.
		stop := context.AfterFunc(n.ctx, func() { inc.window.close(errLeft, true) })
		n.keepAlive(inc)
		stop()
		n.end(inc)
		if n.ctx.Err() != nil {
			n.last = inc
			return
		}
		n.Observe(observe.SessionLost{Origin: n.Origin(), Session: string(inc.ID()), Cause: context.Cause(inc.ctx)})
		go n.retire(inc)
		next, err := n.rejoin()
		if err != nil {
			return // the node has left meanwhile
		}
		inc = next
		n.begin(inc)
	}
}

// retire closes a lost session once none of its callbacks runs any more, so
// that others need not wait until it expires.
func (n *Node) retire(inc *Incarnation) {
	inc.callbacks.Wait()
	_, _ = Call(context.Background(), n.cfg.TTL, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, inc.session.Close(ctx)
	})
}

// rejoin opens another session after a loss, first waiting a random part of
// TTL/10: nodes that lost their sessions together do not come back together.
// An error that would refuse a first join does not end a node that has worked.
func (n *Node) rejoin() (*Incarnation, error) {
	pauses := retry.New(n.cfg.TTL/10, n.cfg.TTL)
	for {
		if err := Sleep(n.ctx, n.cfg.Clock, pauses.Next()); err != nil {
			return nil, err
		}
		inc, err := n.openUntil(n.ctx)
		if err == nil {
			n.mu.Lock()
			n.rejoins++
			n.mu.Unlock()
			return inc, nil
		}
		if n.ctx.Err() != nil {
			return nil, err
		}
		n.renewed(err)
		n.Observe(observe.JoinFailed{Origin: n.Origin(), Err: err, Retry: n.cfg.TTL})
	}
}

// keepAlive starts a renewal every TTL/3, whether or not the last one hangs,
// and sooner after one that failed quickly. It returns when the trust window
// has closed; a session is never renewed after that.
func (n *Node) keepAlive(inc *Incarnation) {
	failed := make(chan struct{}, 1)
	for {
		begun := n.cfg.Clock.Now()
		pause := n.cfg.every()
		timer := after(n.cfg.Clock, pause)
		select {
		case <-inc.ctx.Done():
		case <-timer.C:
		case <-failed:
			timer.Stop()
			if rest := n.cfg.every()/3 - (n.cfg.Clock.Now() - begun); rest > 0 {
				_ = Sleep(inc.ctx, n.cfg.Clock, rest)
			}
		}
		timer.Stop()
		if inc.window.check() != nil {
			// Whoever closes the window marks it closed first and ends the
			// context next. Between the two the context has no cause yet.
			<-inc.ctx.Done()
			return
		}
		go n.renew(inc, failed)
	}
}

// renew makes one attempt, bounded by TTL/3 and by what is left of the window.
func (n *Node) renew(inc *Incarnation, failed chan<- struct{}) {
	called := n.cfg.Clock.Now()
	renewal, err := Call(inc.ctx, min(n.cfg.every(), inc.window.left()), inc.session.Renew)
	took := n.cfg.Clock.Now() - called
	switch {
	case err == nil && inc.window.extend(called+n.cfg.trust(renewal.ValidFor)):
		n.stamp.Store(max(n.stamp.Load(), renewal.Stamp))
		n.renewed(nil)
		n.Observe(observe.SessionRenewed{Origin: n.Origin(), Session: string(inc.ID()), Took: took, Left: inc.window.left()})
	case err == nil, inc.ctx.Err() != nil:
		// Too late, or the session has ended meanwhile: the answer means nothing.
	case errors.Is(err, backends.ErrSessionLost):
		inc.window.close(fmt.Errorf("%w: %w", ErrLost, err), true)
	default:
		n.renewed(err)
		n.Observe(observe.RenewFailed{Origin: n.Origin(), Session: string(inc.ID()), Took: took, Left: inc.window.left(), Err: err})
		select {
		case failed <- struct{}{}:
		default:
		}
	}
}

// renewed remembers the outcome of the last attempt for Status.
func (n *Node) renewed(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lastErr = err
	if err == nil {
		n.lastOK = n.cfg.Clock.Now()
	}
}
