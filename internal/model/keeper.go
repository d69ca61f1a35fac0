package model

import (
	"fmt"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// keeper is what package membership does about one key: step.go and calls.go: step, read,
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
func (x *explorer) wishes(s *State, n int, holder session) []wish {
	all := append(make([]wish, 0, 6), wish{}, wish{want: true})
	if holder != 0 && holder != s.me(n) {
		all = append(all, wish{want: true, tryDead: true})
	}
	other := 1 - n
	for inc := 1; inc <= int(s.nodes[other].inc); inc++ {
		all = append(all, wish{heir: sessionOf(other, inc)})
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
		if t, broken, ok := after.advance(n, k, w, x); ok && t.did.verb != claim.Rest {
			x.done(t, after, broken)
		}
	}
	if x.bounds.Annotate && sl.running {
		after := s
		sl := &after.nodes[n].slots[k]
		d := x.rules.ask(question{function: fnAnnotate, me: after.me(n), know: sl.knowledge})
		if broken, ok := after.act(n, k, d, x); ok {
			x.done(step{what: hAnnotate, node: n, key: k, did: d}, after, broken)
		}
	}
}

// drained is the keeper's: the callback is over, or given up on.
func (sl *slot) drained() bool {
	return sl.draining && (!sl.busy || sl.abandoned) && !sl.hasPending
}

// decide processes the answer of a Read. It reports false beyond the bounds.
func (s *State) decide(n, k int, w wish, x *explorer) (step, string, bool) {
	sl := &s.nodes[n].slots[k]
	seen := sl.seen
	sl.hangUp()
	d := x.rules.ask(question{function: fnDecide, me: s.me(n), know: sl.knowledge, abandoned: sl.abandoned, fresh: sl.fresh, seen: seen, wish: w})
	broken, ok := s.act(n, k, d, x)
	return step{what: hDecide, node: n, key: k, seen: seen, did: d, wish: w}, broken, ok
}

// advance goes on with a claim that needs no Read.
func (s *State) advance(n, k int, w wish, x *explorer) (step, string, bool) {
	sl := &s.nodes[n].slots[k]
	d := x.rules.ask(question{function: fnContinue, me: s.me(n), know: sl.knowledge, abandoned: sl.abandoned, fresh: sl.fresh, wish: w})
	broken, ok := s.act(n, k, d, x)
	return step{what: hContinue, node: n, key: k, did: d, wish: w}, broken, ok
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
	landed := sl.landed
	if o == backends.NotSent {
		for i := range s.flying {
			if f := s.flying[i]; f.waited && int(f.node) == n && int(f.key) == k {
				s.flying[i] = flight{}
			}
		}
	}
	s.orphan(n, k)
	sl.hangUp()
	d := x.rules.ask(question{function: fnSettle, me: s.me(n), know: sl.knowledge, outcome: uint8(o), landed: landed})
	broken, ok := s.act(n, k, d, x)
	return step{node: n, key: k, outcome: o, did: d}, broken, ok
}

// act takes over a decision, like the keeper's act, and judges it.
func (s *State) act(n, k int, d decision, x *explorer) (broken string, ok bool) {
	sl := &s.nodes[n].slots[k]
	gave := sl.draining && !d.know.draining
	sl.knowledge = d.know
	switch d.verb {
	case claim.Send:
		if gave {
			sl.fresh = false
		}
		sl.call = writing
		if d.write.token > x.bounds.Tokens || s.inFlight() >= x.bounds.Flying {
			return "", false
		}
		s.fly(flight{there: true, waited: true, node: uint8(n), key: uint8(k), write: d.write})
	case claim.Start:
		broken = s.start(n, k, d.token)
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
