package partitions

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/tenure-go/tenure/internal/guard"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions/plan"
)

// work is one claim with its callbacks. The order is always: OnAcquire begins,
// the context ends, OnAcquire has returned, OnLost once, Return. Its fields are
// guarded by Group.mu.
type work struct {
	claim    *Claim
	running  bool // OnAcquire has not returned
	stopped  bool // the claim's context is done
	finished bool // OnLost is called or under way
	stuck    bool // asked to stop more than DrainTimeout ago
	failure  error
}

// failures remembers how often a partition failed here in a row.
type failures struct {
	count   int
	refused time.Duration // until then, by the node's clock; 0 for not refused
}

// handler is the Group as the keeper sees it.
type handler Group

// Start implements membership.Handler.
func (h *handler) Start(held *membership.Held) {
	g := (*Group)(h)
	w := &work{claim: &Claim{held: held, group: g}}
	g.mu.Lock()
	g.works[held.Name()] = w
	g.endPrepare(held.Name())
	if g.cfg.OnAcquire == nil {
		g.changes.add(Change{Kind: Acquired, Claim: w.claim})
		g.mu.Unlock()
	} else {
		w.running = true
		g.mu.Unlock()
		go g.acquire(w)
	}
	g.poke()
}

// Stop implements membership.Handler. It can come twice for one claim: revoked
// first, and then lost.
func (h *handler) Stop(held *membership.Held, cause error) {
	g := (*Group)(h)
	g.mu.Lock()
	w := g.works[held.Name()]
	if w == nil || w.claim.held != held {
		g.mu.Unlock()
		return
	}
	first := !w.stopped
	w.stopped = true
	if g.cfg.OnAcquire == nil {
		kind := Lost
		if errors.Is(cause, membership.ErrRevoked) {
			kind = Revoked
		}
		g.changes.add(Change{Kind: kind, Claim: w.claim})
	}
	finish := g.cfg.OnAcquire != nil && !w.running && !w.finished
	w.finished = w.finished || finish
	g.mu.Unlock()
	if first {
		g.node.Clock().AfterFunc(g.cfg.DrainTimeout, func() { g.checkStuck(w) })
	}
	if finish {
		go g.finish(w)
	}
}

// Refresh implements membership.Handler: the plan is read once more before
// drained claims are given up, so that they go to the newest heir. A plan that
// arrived a moment ago is not: quick callbacks save that round trip. Should it
// be outdated all the same, the heir hands the claim on.
func (h *handler) Refresh(ctx context.Context) error {
	g := (*Group)(h)
	g.mu.Lock()
	age := g.node.Clock().Now() - g.planned
	g.mu.Unlock()
	if age < g.node.TTL()/100 {
		return nil
	}
	return g.readPlan(ctx)
}

// acquire calls OnAcquire and deals with how it ends.
func (g *Group) acquire(w *work) {
	ctx, cancel := context.WithCancelCause(w.claim.Context())
	defer cancel(nil)
	err := guard.Call(func() error { return g.cfg.OnAcquire(watched{ctx, w.claim}, w.claim) })
	g.mu.Lock()
	w.running = false
	if err != nil && !w.stopped {
		w.failure, w.stopped = err, true
	}
	finish := w.stopped && !w.finished
	w.finished = w.finished || finish
	if err == nil && !w.stopped {
		delete(g.fails, w.claim.Partition())
	}
	g.mu.Unlock()
	if finish {
		g.finish(w)
	}
}

// watched is the context of a callback: it ends with the claim's, and its Err
// looks at the clock like the claim's.
type watched struct {
	context.Context
	claim *Claim
}

// Err implements context.Context.
func (w watched) Err() error {
	if err := w.Context.Err(); err != nil {
		return err
	}
	return w.claim.Context().Err()
}

// finish calls OnLost and returns the claim.
func (g *Group) finish(w *work) {
	why := w.failure
	if why == nil {
		why = context.Cause(w.claim.HeldContext())
	}
	if why == nil {
		why = membership.ErrRevoked
	}
	if g.cfg.OnLost != nil {
		err := guard.Call(func() error {
			g.cfg.OnLost(w.claim.HeldContext(), w.claim, why)
			return nil
		})
		if err != nil { // the claim is over either way
			g.node.Observe(observe.CallbackFailed{Claim: g.claimEvent(w.claim), Err: err, Failures: 1})
		}
	}
	if w.failure != nil {
		g.failed(w)
	}
	g.forget(w)
	w.claim.held.Return()
	g.poke()
}

// returned is told by Claim.Return.
func (g *Group) returned(c *Claim) {
	g.mu.Lock()
	w := g.works[c.Partition()]
	g.mu.Unlock()
	if w != nil && w.claim == c {
		g.forget(w)
	}
	g.poke()
}

// forget takes a finished work off the list.
func (g *Group) forget(w *work) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.works[w.claim.Partition()] == w {
		delete(g.works, w.claim.Partition())
	}
}

// failed decides what becomes of a partition whose callback failed here: tried
// again after a growing pause, or refused for a while so that another member
// gets it.
func (g *Group) failed(w *work) {
	name := w.claim.Partition()
	g.mu.Lock()
	f := g.fails[name]
	if f == nil {
		f = &failures{}
		g.fails[name] = f
	}
	f.count++
	count := f.count
	pause := g.cfg.Retry << min(count-1, 6)
	refuse := count >= g.cfg.MaxFailures
	if refuse {
		f.refused = g.node.Clock().Now() + max(pause, g.node.TTL()*2)
		f.count = 0
	}
	g.mu.Unlock()
	g.node.Observe(observe.CallbackFailed{
		Claim: g.claimEvent(w.claim), Err: w.failure, Failures: count, Retry: pause, Refused: refuse,
	})
	g.keeper.Hold(name, pause)
	if refuse {
		g.node.Clock().AfterFunc(max(pause, g.node.TTL()*2)+time.Millisecond, g.poke)
	}
}

// checkStuck is called DrainTimeout after a claim's context ended.
func (g *Group) checkStuck(w *work) {
	g.mu.Lock()
	stuck := g.works[w.claim.Partition()] == w
	w.stuck = stuck
	g.mu.Unlock()
	if !stuck {
		return
	}
	g.node.Observe(observe.CallbackStuck{Claim: g.claimEvent(w.claim), Since: g.cfg.DrainTimeout})
	switch g.cfg.OnStuck {
	case StuckAbandon:
		w.claim.held.Abandon()
	case StuckExit:
		os.Exit(1)
	case StuckKeep:
	}
	g.poke()
}

func (g *Group) claimEvent(c *Claim) observe.Claim {
	return observe.Claim{Origin: g.node.Origin(), Scope: g.cfg.Group, Key: c.Partition(), Token: uint64(c.Token())}
}

// wish is what this member wants of a partition by its present plan. The
// caller holds mu.
func (g *Group) wish(i int) claim.Wish {
	if g.plan.Wanted.Has(i) && g.state != plan.Left && !g.releasing {
		return claim.Wish{Want: true}
	}
	for _, gift := range g.plan.Give {
		if gift.Set.Has(i) {
			return claim.Wish{Next: claim.Heir{Session: gift.Session, Member: gift.Member}}
		}
	}
	return claim.Wish{}
}
