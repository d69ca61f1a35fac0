package membership

import (
	"context"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

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
	if takes != nil && takes.IfDead != "" && r.Outcome == backends.Applied {
		k.proven(takes.IfDead)
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
