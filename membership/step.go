package membership

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

// maxCalls is how many calls to the store a keeper has under way. While they
// are, what comes up is collected, so that a busy keeper batches by itself.
const maxCalls = 4

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
	if k.watch != nil {
		k.verify()
	}
}

// verifySlice is how many running claims are read again in each round: an
// operator's reset is noticed, at a cost that does not grow with the claims.
const verifySlice = 64

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

// limit is how long one call to the store may take.
func (k *Keeper) limit(inc *Incarnation) time.Duration {
	return min(k.node.cfg.every(), inc.window.left())
}

// read reads claims and decides from what they say.
func (k *Keeper) read(inc *Incarnation, slots []*slot) {
	records, err := k.fetch(inc, slots)
	k.mu.Lock()
	k.calls--
	if k.inc != inc {
		k.mu.Unlock()
		k.wakeUp()
		return
	}
	var writes []sending
	for i, s := range slots {
		s.calling = false
		if err != nil {
			s.look = true // in the next round
			k.sort(s)
			continue
		}
		writes = k.decide(inc, s, claim.See(records[i]), writes)
	}
	k.begun(inc, nil, nil, writes)
	k.mu.Unlock()
	k.wakeUp()
}

// decide applies the claim rule to what a Read showed. The caller holds mu.
func (k *Keeper) decide(inc *Incarnation, s *slot, seen claim.Seen, writes []sending) []sending {
	s.holder, s.revision = seen.Session, seen.Revision
	wish := s.wish
	wish.Abandon = s.abandon
	wish.TryDead = s.try || k.dead[seen.Session]
	s.try = false
	if seen.Garbage {
		k.events = append(k.events, observe.ClaimGarbage{Claim: observe.Claim{Origin: k.node.Origin(), Scope: k.scope, Key: s.name}})
	}
	wish.Keep = !s.fresh || s.notBefore > k.node.cfg.Clock.Now()
	state, act := claim.Decide(k.self(inc), s.state, seen, wish)
	writes = k.act(inc, s, state, act, writes)
	if s.drained() {
		k.dirty[s.name] = s // drained: goes on once the plan has been read again
	}
	return writes
}

// refresh reads the plan again after claims have been drained.
func (k *Keeper) refresh(inc *Incarnation, h Handler, slots []*slot) {
	var err error
	if h != nil {
		_, err = Call(inc.ctx, k.limit(inc), func(ctx context.Context) (struct{}, error) {
			return struct{}{}, h.Refresh(ctx)
		})
	}
	k.mu.Lock()
	k.calls--
	if k.inc == inc {
		for _, s := range slots {
			s.calling = false
			s.fresh = err == nil
			if err == nil {
				k.touch(s)
			}
		}
	}
	k.mu.Unlock()
	k.wakeUp()
}

// write sends writes and settles their results.
func (k *Keeper) write(inc *Incarnation, batch []sending) {
	writes := make([]backends.Write, len(batch))
	for i, b := range batch {
		writes[i] = b.write
	}
	results, err := Call(inc.ctx, k.limit(inc), func(ctx context.Context) ([]backends.Result, error) {
		results, err := k.node.backend.Write(ctx, writes...)
		if err != nil { // nothing was sent
			results = make([]backends.Result, len(writes))
		}
		return results, nil
	})
	if err != nil { // abandoned: anything may have happened
		results = make([]backends.Result, len(batch))
		for i := range results {
			results[i] = backends.Result{Outcome: backends.Unknown, Err: err}
		}
		k.node.Observe(observe.CallAbandoned{Origin: k.node.Origin(), Scope: k.scope, Call: "write", After: k.node.cfg.every()})
	}
	k.mu.Lock()
	k.calls--
	if k.inc == inc {
		for i, b := range batch {
			k.settle(inc, b.slot, results[i])
		}
	}
	k.mu.Unlock()
	k.wakeUp()
}

// settle takes the result of one write. The caller holds mu.
func (k *Keeper) settle(inc *Incarnation, s *slot, r backends.Result) {
	s.calling = false
	takes := s.state.Pending
	if takes != nil && takes.IfDead != "" && r.Outcome == backends.Applied && !k.dead[takes.IfDead] {
		k.dead[takes.IfDead] = true
		k.touchHeldBy(takes.IfDead)
	}
	state, act := claim.Settle(k.self(inc), s.state, r)
	k.act(inc, s, state, act, nil)
	switch r.Outcome {
	case backends.Conflict:
		s.look = true
		k.touch(s)
	case backends.Applied:
		k.touch(s)
	case backends.Unknown, backends.NotSent, backends.Alive:
		// Tried again in the next round.
	}
}

// fetch reads the claims of some slots.
func (k *Keeper) fetch(inc *Incarnation, slots []*slot) ([]backends.Record, error) {
	keys := make([]backends.Key, len(slots))
	for i, s := range slots {
		keys[i] = s.key
	}
	return Call(inc.ctx, k.limit(inc), func(ctx context.Context) ([]backends.Record, error) {
		return k.node.backend.Read(ctx, keys...)
	})
}
