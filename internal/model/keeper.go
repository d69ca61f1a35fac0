package model

import (
	"fmt"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// keeper is what package membership does about one key: step.go's step, read,
// write and settle.
func (x *explorer) keeper(s State, n, k int) {
	sl := &s.nodes[n].slots[k]
	switch sl.call {
	case idle:
		x.idle(s, n, k)
	case reading:
		for _, w := range x.wishes(&s, n, sl.seen.holder) {
			after := s
			t, broken, ok := after.decide(n, k, w, x)
			if ok {
				x.done(t, after, broken)
			}
		}
	case writing:
		x.settle(s, n, k, hGiveUp, backends.Unknown)
		if !s.doubled(n, k) {
			x.settle(s, n, k, hNotSent, backends.NotSent)
		}
	case answered:
		x.settle(s, n, k, hSettle, backends.Outcome(sl.outcome))
		x.settle(s, n, k, hGiveUp, backends.Unknown)
	}
}

// doubled reports whether the write that a slot waits for was sent for certain.
func (s *State) doubled(n, k int) bool {
	for _, f := range s.flying {
		if f.waited && f.doubled && int(f.node) == n && int(f.key) == k {
			return true
		}
	}
	return false
}

// wishes are all that any coordinator, however stale, could have asked for.
func (x *explorer) wishes(s *State, n int, holder session) []claim.Wish {
	all := []claim.Wish{{}, {Want: true}}
	if holder != 0 && holder != s.me(n) {
		all = append(all, claim.Wish{Want: true, TryDead: true})
	}
	other := 1 - n
	for inc := 1; inc <= int(s.nodes[other].inc); inc++ {
		all = append(all, claim.Wish{Next: claim.Heir{Session: sessionID(sessionOf(other, inc))}})
	}
	return all
}

func (x *explorer) idle(s State, n, k int) {
	sl := &s.nodes[n].slots[k]
	after := s
	after.nodes[n].slots[k].call = reading
	after.nodes[n].slots[k].seen = s.claims[k]
	x.done(step{what: hRead, node: n, key: k, seen: s.claims[k]}, after, "")

	if sl.drained() && !sl.fresh {
		after := s
		after.nodes[n].slots[k].fresh = true
		x.done(step{what: hRefresh, node: n, key: k}, after, "")
		return
	}
	if sl.hasPending || !sl.running && !sl.draining {
		return // Continue rests
	}
	for _, w := range x.wishes(&s, n, 0) {
		after := s
		if t, broken, ok := after.advance(n, k, w, x); ok && t.did.Verb != claim.Rest {
			x.done(t, after, broken)
		}
	}
	if x.bounds.Annotate && sl.running {
		after := s
		sl := &after.nodes[n].slots[k]
		st, a := claim.Annotate(self(&after, n), sl.state(k), nil)
		if broken, ok := after.act(n, k, st, a, x); ok {
			x.done(step{what: hAnnotate, node: n, key: k, did: a}, after, broken)
		}
	}
}

// drained is the keeper's: the callback is over, or given up on.
func (sl *slot) drained() bool {
	return sl.draining && (!sl.busy || sl.abandoned) && !sl.hasPending
}

// decide processes the answer of a Read. It reports false beyond the bounds.
func (s *State) decide(n, k int, w claim.Wish, x *explorer) (step, string, bool) {
	sl := &s.nodes[n].slots[k]
	seen := sl.seen
	sl.hangUp()
	w.Abandon, w.Keep = sl.abandoned, !sl.fresh
	st, a := x.rules.Decide(self(s, n), sl.state(k), seenOf(seen), w)
	broken, ok := s.act(n, k, st, a, x)
	return step{what: hDecide, node: n, key: k, seen: seen, did: a, wish: w}, broken, ok
}

// advance goes on with a claim that needs no Read.
func (s *State) advance(n, k int, w claim.Wish, x *explorer) (step, string, bool) {
	sl := &s.nodes[n].slots[k]
	w.Abandon, w.Keep = sl.abandoned, !sl.fresh
	st, a := x.rules.Continue(self(s, n), sl.state(k), w)
	broken, ok := s.act(n, k, st, a, x)
	return step{what: hContinue, node: n, key: k, did: a, wish: w}, broken, ok
}

func (x *explorer) settle(s State, n, k int, what string, o backends.Outcome) {
	t, broken, ok := s.settle(n, k, o, x)
	if ok {
		t.what = what
		x.done(t, s, broken)
	}
}

// settle takes an answer, or gives up waiting for it: then the copy flies on.
func (s *State) settle(n, k int, o backends.Outcome, x *explorer) (step, string, bool) {
	sl := &s.nodes[n].slots[k]
	r := backends.Result{Outcome: o, Revision: revisionOf(sl.landed)}
	if o == backends.NotSent {
		for i := range s.flying {
			if f := s.flying[i]; f.waited && int(f.node) == n && int(f.key) == k {
				s.flying[i] = flight{}
			}
		}
	}
	s.orphan(n, k)
	sl.hangUp()
	st, a := x.rules.Settle(self(s, n), sl.state(k), r)
	broken, ok := s.act(n, k, st, a, x)
	return step{node: n, key: k, outcome: o, did: a}, broken, ok
}

// act takes over a decision, like the keeper's act, and judges it.
func (s *State) act(n, k int, st claim.State, a claim.Action, x *explorer) (broken string, ok bool) {
	sl := &s.nodes[n].slots[k]
	gave := sl.draining && !st.Draining
	sl.keep(st)
	switch a.Verb {
	case claim.Send:
		w := writeOf(a.Write)
		if gave {
			sl.fresh = false
		}
		sl.call = writing
		if w.token > x.bounds.Tokens || s.inFlight() >= x.bounds.Flying {
			return "", false
		}
		s.fly(flight{there: true, waited: true, node: uint8(n), key: uint8(k), write: w})
	case claim.Start:
		broken = s.start(n, k, uint8(a.Token))
	case claim.Lose:
		sl.fresh = false
		sl.callback.held = false
	case claim.Drain, claim.Rest, claim.Wait:
	}
	return broken, true
}

// Names of what can break.
const (
	twoOwners  = "two owners"
	tokenAgain = "token not larger"
	twice      = "started beside its own callback"
	stuck      = "stuck"
)

// start begins a callback and judges that.
func (s *State) start(n, k int, token uint8) (broken string) {
	sl := &s.nodes[n].slots[k]
	switch {
	case sl.callback.token != 0:
		broken = fmt.Sprintf("%s: %s starts key %d with token %d while its callback with token %d has not returned",
			twice, nodeName(n), k, token, sl.callback.token)
	case token <= s.started[k]:
		broken = fmt.Sprintf("%s: %s starts key %d with token %d after a start with token %d", tokenAgain, nodeName(n), k, token, s.started[k])
	}
	sl.fresh = false
	sl.callback = callback{token: token, inc: s.nodes[n].inc, held: true}
	s.started[k] = max(s.started[k], token)
	if s.runs(0, k) && s.runs(1, k) {
		broken = fmt.Sprintf("%s: A (token %d) and B (token %d) run key %d under trusted sessions", twoOwners,
			s.nodes[0].slots[k].callback.token, s.nodes[1].slots[k].callback.token, k)
	}
	return broken
}
