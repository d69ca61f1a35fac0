package membership

import (
	"errors"

	"github.com/tenure-go/tenure/observe"
)

// loop is the keeper's only goroutine that decides. It ends with the node.
func (k *Keeper) loop() {
	every := k.node.cfg.every()
	round := after(k.node.cfg.Clock, every)
	defer func() { round.Stop() }()
	for {
		select {
		case <-k.poke:
		case <-round.C:
			k.round()
			round = after(k.node.cfg.Clock, every)
		case <-k.node.done: // after the session has ended, so that all is told
			k.stopFollowing()
			k.tell()
			k.rest()
			return
		}
		k.tell()
		k.step()
		k.tell()
		k.follow()
		k.rest()
	}
}

// round looks again at everything that is not settled. What waits for a holder
// that is not known to be dead is left until a watch tells of a change, unless
// the last Read of it failed.
func (k *Keeper) round() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.open {
		if s.waits() && s.state.Pending == nil && !s.look && !k.dead[s.holder] {
			continue
		}
		s.look = true
		k.dirty[s.name] = s
	}
	if len(k.open) == 0 && k.node.cfg.Clock.Now()-k.told > k.node.cfg.every() {
		clear(k.dead) // nothing is to be taken; what comes up next comes with its dead
	}
	if k.watch != nil {
		k.verify()
	}
}

// verifySlice is how many running claims are read again in each round: an
// operator's reset is noticed, at a cost that does not grow with the claims.
const verifySlice = 16

// verify marks the next few running claims for a look. The caller holds mu.
func (k *Keeper) verify() {
	marked := 0
	for range k.names {
		k.verified = (k.verified + 1) % len(k.names)
		if s := k.slots[k.names[k.verified]]; s.state.Running {
			s.look = true
			k.dirty[s.name] = s
			if marked++; marked == verifySlice {
				return
			}
		}
	}
}

// tell calls the observer and the handler for what is due, in order.
func (k *Keeper) tell() {
	for {
		k.mu.Lock()
		notices, events, handler := k.notices, k.events, k.handler
		k.notices, k.events = nil, nil
		k.mu.Unlock()
		if len(notices)+len(events) == 0 {
			return
		}
		for _, e := range events {
			k.node.Observe(e)
		}
		for _, n := range notices {
			k.tellOne(handler, n)
		}
	}
}

func (k *Keeper) tellOne(handler Handler, n notice) {
	switch {
	case n.start:
		k.node.Observe(observe.ClaimStarted{Claim: n.held.event()})
		if handler == nil {
			n.held.Return() // its run ended between the decision and now
			return
		}
		handler.Start(n.held)
		return
	case errors.Is(n.cause, ErrRevoked):
		n.held.revoke()
		k.node.Observe(observe.ClaimRevoked{Claim: n.held.event()})
	default:
		n.held.lose(n.cause)
		k.node.Observe(observe.ClaimLost{Claim: n.held.event(), Cause: n.cause})
	}
	if handler != nil {
		handler.Stop(n.held, n.cause)
	}
}
