package membership

import (
	"context"
	"fmt"

	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

// begin starts a new session: everything that is wished is looked at again.
func (k *Keeper) begin(inc *Incarnation) {
	k.mu.Lock()
	k.inc = inc
	for _, s := range k.slots {
		if s.wish.Want {
			s.look = true
			k.touch(s)
		}
	}
	k.mu.Unlock()
	k.wakeUp()
}

// end drops the session: what ran is lost, what was pending is forgotten.
func (k *Keeper) end(inc *Incarnation) {
	cause := context.Cause(inc.ctx)
	k.mu.Lock()
	k.inc = nil
	for _, s := range k.slots {
		ran := s.state.Running || s.state.Draining && s.state.Busy
		s.state = claim.Ended(s.state)
		s.calling, s.fresh, s.holder = false, false, ""
		if ran && s.held != nil {
			k.notices = append(k.notices, notice{held: s.held, cause: cause})
		}
		k.sort(s)
	}
	k.mu.Unlock()
	k.wakeUp()
}

// abandon is told by Held.Abandon.
func (k *Keeper) abandon(h *Held) {
	h.cancelHeld(fmt.Errorf("%w: abandoned, its callback did not return in time", ErrLost))
	k.mu.Lock()
	if s := k.slots[h.name]; s != nil && s.held == h {
		s.abandon = true
		k.touch(s)
	}
	k.mu.Unlock()
	k.wakeUp()
}

// callbackReturned is told by Held.Return.
func (k *Keeper) callbackReturned(h *Held) {
	defer h.inc.callbacks.Done()
	k.node.Observe(observe.ClaimReturned{Claim: h.event(), Took: h.stoppingFor()})
	k.mu.Lock()
	s := k.slots[h.name]
	h.cancelHeld(ErrReleased) // the claim is over for whoever still has it
	if s.held == h {
		s.held, s.abandon = nil, false
		s.state = claim.Returned(s.state)
		s.look = s.look || !s.settled() && !s.state.Draining
		k.touch(s)
	}
	k.mu.Unlock()
	k.wakeUp()
}

// running returns the names whose callbacks have not returned.
func (k *Keeper) running() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var names []string
	for name, s := range k.slots {
		if s.held != nil {
			names = append(names, k.scope+"/"+name)
		}
	}
	return names
}

// Quiet waits until this node holds nothing of the scope, runs no callback of
// it, and has no write open but takes that a live holder refuses, or until the
// node has left, or until ctx is done, whose cause it returns.
func (k *Keeper) Quiet(ctx context.Context) error {
	k.mu.Lock()
	rest := make(chan struct{})
	k.resting = append(k.resting, rest)
	for _, s := range k.open { // do not wait for the next round
		s.look = s.look || !s.waits()
		k.dirty[s.name] = s
	}
	k.mu.Unlock()
	k.wakeUp()
	select {
	case <-rest:
		return nil
	case <-k.node.done: // nobody is left to say that it rests
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// rest releases those who wait in Quiet.
func (k *Keeper) rest() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.resting) == 0 {
		return
	}
	for _, s := range k.slots {
		if s.held != nil || s.calling || s.state.Running || s.state.Draining || s.state.Pending != nil && !s.state.Proving() {
			return
		}
	}
	for _, rest := range k.resting {
		close(rest)
	}
	k.resting = nil
}
