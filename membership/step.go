package membership

import (
	"fmt"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

// maxCalls is how many calls to the store a keeper has under way. While they
// are, what comes up is collected, so that a busy keeper batches by itself.
const maxCalls = 4

// step decides about every dirty slot and sends what follows from that.
func (k *Keeper) step() {
	k.mu.Lock()
	inc := k.inc
	if inc == nil || inc.window.closed.Load() || k.calls >= maxCalls {
		k.mu.Unlock()
		return
	}
	var reads, refresh []*slot
	var writes []sending
	for name, s := range k.dirty {
		if s.calling {
			continue // its answer brings it back
		}
		delete(k.dirty, name)
		switch {
		case s.look:
			reads = append(reads, s)
		case s.drained() && !s.fresh && s.notBefore <= k.node.cfg.Clock.Now():
			refresh = append(refresh, s)
		default:
			writes = k.advance(inc, s, writes)
		}
	}
	k.begun(inc, reads, refresh, writes)
	k.mu.Unlock()
}

// sending is a write on its way, with the slot that it belongs to.
type sending struct {
	slot  *slot
	write backends.Write
}

// advance goes on with a slot whose claim needs no new Read. The caller holds
// mu.
func (k *Keeper) advance(inc *Incarnation, s *slot, writes []sending) []sending {
	wish := s.wish
	wish.Abandon = s.abandon
	wish.Keep = !s.fresh || s.notBefore > k.node.cfg.Clock.Now()
	state, act := claim.Continue(k.self(inc), s.state, wish)
	if act.Verb == claim.Rest && s.annotate != nil && s.state.Pending == nil {
		state, act = claim.Annotate(k.self(inc), s.state, *s.annotate)
		s.annotate = nil
	}
	return k.act(inc, s, state, act, writes)
}

// act takes over a decision: the new state, and what it asks for. The caller
// holds mu.
func (k *Keeper) act(inc *Incarnation, s *slot, state claim.State, a claim.Action, writes []sending) []sending {
	gave := s.state.Draining && !state.Draining
	s.state = state
	switch a.Verb {
	case claim.Send:
		a.Write.Key = s.key
		writes = append(writes, sending{s, a.Write})
		if gave {
			s.fresh = false
			k.given(s, a.Write)
		}
	case claim.Start:
		s.held = k.newHeld(s.name, a.Token, inc)
		s.fresh, s.notBefore = false, 0
		k.notices = append(k.notices, notice{held: s.held, start: true})
		if !s.wish.Want {
			k.touch(s) // no longer wanted: drain it right away
		}
	case claim.Drain:
		k.notices = append(k.notices, notice{held: s.held, cause: ErrRevoked})
	case claim.Lose:
		s.fresh = false
		if s.held != nil {
			k.notices = append(k.notices, notice{held: s.held, cause: fmt.Errorf("%w: the claim names another holder", ErrLost)})
		}
		if s.wish.Want {
			s.look = true
			k.touch(s)
		}
	case claim.Rest, claim.Wait:
	}
	k.sort(s)
	return writes
}

// given reports a claim that is being handed over or released.
func (k *Keeper) given(s *slot, w backends.Write) {
	rec, err := claim.Decode(w.Value)
	if err != nil || rec.Session == k.inc.ID() {
		return
	}
	k.events = append(k.events, observe.ClaimGiven{
		Claim: observe.Claim{Origin: k.node.Origin(), Scope: k.scope, Key: s.name, Token: uint64(s.state.Mark)},
		To:    string(rec.Session),
	})
}

// begun starts the calls of one step. The caller holds mu.
func (k *Keeper) begun(inc *Incarnation, reads, refresh []*slot, writes []sending) {
	if len(reads) > 0 {
		for _, s := range reads {
			s.calling, s.look = true, false
		}
		k.calls++
		go k.read(inc, reads)
	}
	if len(refresh) > 0 {
		for _, s := range refresh {
			s.calling = true
		}
		k.calls++
		go k.refresh(inc, k.handler, refresh)
	}
	if len(writes) > 0 {
		for _, w := range writes {
			w.slot.calling = true
		}
		k.calls++
		go k.write(inc, writes)
	}
}
