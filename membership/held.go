package membership

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

// Held is one claim that this node holds, from its start until its callback
// has returned. All methods are safe for concurrent use.
type Held struct {
	keeper *Keeper
	name   string
	token  claim.Token
	inc    *Incarnation

	held       context.Context // until the claim is really gone
	work       context.Context // until revoked or gone
	cancelHeld context.CancelCauseFunc
	cancelWork context.CancelCauseFunc
	stopping   atomic.Int64 // clock reading when it was asked to stop, 0 before
	returned   atomic.Bool
}

func (k *Keeper) newHeld(name string, t claim.Token, inc *Incarnation) *Held {
	h := &Held{keeper: k, name: name, token: t, inc: inc}
	inc.callbacks.Add(1)
	h.held, h.cancelHeld = context.WithCancelCause(inc.ctx)
	h.work, h.cancelWork = context.WithCancelCause(h.held)
	return h
}

// Name returns the claim's name in its scope: a partition, or an election.
func (h *Held) Name() string { return h.name }

// Token returns the fencing token under which this node holds the claim.
func (h *Held) Token() claim.Token { return h.token }

// Session returns the session that the claim names.
func (h *Held) Session() backends.SessionID { return h.inc.ID() }

// Context is done when the work has to stop, because the claim was revoked or
// because it is lost; context.Cause tells which (ErrRevoked, ErrLost). Its Err
// compares the clock with the trust window first; that of a context derived
// from it knows only timers, so use Check before each effect that matters.
func (h *Held) Context() context.Context { return trusted{h.work, h.inc.window} }

// HeldContext is done when the claim is really gone. After a revocation it is
// still open, so that the work can be finished and saved under the token.
func (h *Held) HeldContext() context.Context { return trusted{h.held, h.inc.window} }

// Check returns nil while the claim is held, comparing the clock with the trust
// window: a process that was stopped runs no timers, so ask right before each
// effect that must not happen late. It costs tens of nanoseconds and returns
// ErrLost otherwise, or ErrReleased once it was given up.
func (h *Held) Check() error {
	if h.held.Err() != nil {
		return context.Cause(h.held)
	}
	return h.inc.window.check()
}

// Return says that the callback of this claim is over. The claim is handed over
// or released after that, never before.
func (h *Held) Return() {
	if h.returned.CompareAndSwap(false, true) {
		h.keeper.callbackReturned(h)
	}
}

// Abandon treats the claim as lost although its callback has not returned: its
// contexts end, and it is given up. Only the token protects the resource then.
// The name stays busy on this node until Return is called.
func (h *Held) Abandon() { h.keeper.abandon(h) }

// revoke asks the work to finish; the claim is still held.
func (h *Held) revoke() {
	h.stopping.CompareAndSwap(0, int64(h.keeper.node.cfg.Clock.Now())|1)
	h.cancelWork(ErrRevoked)
}

// lose ends the claim's contexts for cause.
func (h *Held) lose(cause error) {
	h.stopping.CompareAndSwap(0, int64(h.keeper.node.cfg.Clock.Now())|1)
	h.cancelHeld(cause)
}

// stoppingFor is how long ago the work was asked to stop, 0 if it was not.
func (h *Held) stoppingFor() time.Duration {
	if at := h.stopping.Load(); at != 0 {
		return h.keeper.node.cfg.Clock.Now() - time.Duration(at)
	}
	return 0
}

// event is what events about this claim begin with.
func (h *Held) event() observe.Claim {
	return observe.Claim{Origin: h.keeper.node.Origin(), Scope: h.keeper.scope, Key: h.name, Token: uint64(h.token)}
}
