package model

import (
	"fmt"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// Bounds limit an exploration.
type Bounds struct {
	Keys     int
	Tokens   uint8 // the largest token that is written
	Sessions uint8 // of each node
	Flying   int   // writes in flight
	// Abandon also explores callbacks that are given up on, Annotate also
	// holders that rewrite their own claim.
	Abandon, Annotate bool
}

// step says what happened between two states.
type step struct {
	what      string // one of the constants below
	node, key int
	session   session
	write     write
	seen      record
	outcome   backends.Outcome
	did       decision
	wish      wish
}

// What can happen.
const (
	hRead     = "reads"
	hDecide   = "decides from the read of"
	hContinue = "goes on with"
	hAnnotate = "rewrites its own claim of"
	hRefresh  = "has read the plan again for"
	hSettle   = "is told"
	hGiveUp   = "stops waiting for the answer about"
	hNotSent  = "could not send the write of"
	hReturn   = "has its callback return for"
	hAbandon  = "gives up on the callback of"
	hLose     = "stops trusting its session"
	hRejoin   = "opens a new session"
	hDie      = "dies in the store"
	hLand     = "lands"
	hDrop     = "is lost"
	hTwice    = "is duplicated"
)

// String is one readable line.
func (t step) String() string {
	who := nodeName(t.node)
	key := fmt.Sprintf("key %d", t.key)
	switch t.what {
	case hLand:
		return fmt.Sprintf("store: write %v of %s lands: %v", t.write, key, t.outcome)
	case hDrop, hTwice:
		return fmt.Sprintf("network: write %v %s", t.write, t.what)
	case hDie:
		return fmt.Sprintf("store: session %v dies", t.session)
	case hLose, hRejoin:
		return fmt.Sprintf("%s %s %v", who, t.what, t.session)
	case hRead:
		return fmt.Sprintf("%s reads %s: %v", who, key, t.seen)
	case hSettle:
		return fmt.Sprintf("%s is told %v for its write of %s%s", who, t.outcome, key, t.doing())
	case hDecide, hContinue:
		return fmt.Sprintf("%s %s %s, %s%s", who, t.what, key, t.wished(), t.doing())
	}
	return fmt.Sprintf("%s %s %s%s", who, t.what, key, t.doing())
}

func (t step) wished() string {
	switch {
	case t.wish.want && t.wish.tryDead:
		return "wanting it even from a dead holder"
	case t.wish.want:
		return "wanting it"
	case t.wish.heir != 0:
		return fmt.Sprintf("giving it to %s", t.wish.heir)
	}
	return "not wanting it"
}

func (t step) doing() string {
	switch t.did.verb {
	case claim.Send:
		return fmt.Sprintf(" -> sends %v", t.did.write)
	case claim.Start:
		return fmt.Sprintf(" -> STARTS with token %d", t.did.token)
	case claim.Drain, claim.Lose, claim.Wait:
		return " -> " + t.did.verb.String()
	case claim.Rest:
	}
	return ""
}

// explorer makes the successors of states.
type explorer struct {
	rules  *oracle
	bounds Bounds
	emit   func(t step, next State, broken string)
}

// successors emits every state that can follow s.
func (x *explorer) successors(s State) {
	for i := range s.flying {
		if s.flying[i].there {
			x.network(s, i)
		}
	}
	for n := range s.nodes {
		x.sessions(s, n)
		for k := range x.bounds.Keys {
			x.callbacks(s, n, k)
			if s.nodes[n].trusted {
				x.keeper(s, n, k)
			}
		}
	}
}

func (x *explorer) done(t step, s State, broken string) {
	s.canonical()
	x.emit(t, s, broken)
}

// network is what happens to a copy in flight.
func (x *explorer) network(s State, i int) {
	f := s.flying[i]
	t := step{key: int(f.key), write: f.write}

	landed := s
	t.what, t.outcome = hLand, landed.land(i)
	x.done(t, landed, "")

	if !f.waited {
		lost := s
		lost.flying[i] = flight{}
		t.what = hDrop
		x.done(t, lost, "")
		return
	}
	if s.inFlight() < x.bounds.Flying && !f.doubled {
		twice := s
		twice.flying[i].doubled = true
		copied := f
		copied.waited, copied.node = false, 0
		twice.fly(copied)
		t.what = hTwice
		x.done(t, twice, "")
	}
}

func (s *State) inFlight() (n int) {
	for i := range s.flying {
		n += int(one(s.flying[i].there))
	}
	return n
}

// land lets a copy reach the store.
func (s *State) land(i int) backends.Outcome {
	f := s.flying[i]
	s.flying[i] = flight{}
	c := &s.claims[f.key]
	outcome, revision := backends.Applied, uint8(0)
	switch {
	case c.revision != f.write.expect:
		outcome = backends.Conflict
	case f.write.ifDead != 0 && !s.isDead(f.write.ifDead):
		outcome = backends.Alive
	default:
		revision = s.next()
		*c = record{holder: f.write.to, token: f.write.token, revision: revision}
	}
	if f.waited {
		sl := &s.nodes[f.node].slots[f.key]
		sl.call, sl.outcome, sl.landed = answered, uint8(outcome), revision
	}
	return outcome
}

// sessions is the end, the death and the opening of sessions.
func (x *explorer) sessions(s State, n int) {
	nd := &s.nodes[n]
	for inc := 1; inc <= int(nd.inc); inc++ {
		id := sessionOf(n, inc)
		trusted := nd.trusted && inc == int(nd.inc)
		if !s.isDead(id) && (!trusted || x.rules.rules.DieTrusted) {
			after := s
			after.nodes[n].dead |= 1 << inc
			x.done(step{what: hDie, node: n, session: id}, after, "")
		}
	}
	switch {
	case nd.trusted:
		after := s
		after.lose(n, x.rules)
		x.done(step{what: hLose, node: n, session: s.me(n)}, after, "")
	case nd.inc < x.bounds.Sessions:
		after := s
		after.nodes[n].inc++
		after.nodes[n].trusted = true
		x.done(step{what: hRejoin, node: n, session: after.me(n)}, after, "")
	}
}

// lose ends a node's trust in its session: contexts end, calls are dropped.
func (s *State) lose(n int, rules *oracle) {
	nd := &s.nodes[n]
	nd.trusted = false
	for k := range nd.slots {
		s.orphan(n, k)
		sl := &nd.slots[k]
		sl.knowledge = rules.ask(question{function: fnEnded, know: sl.knowledge}).know
		sl.hangUp()
		sl.fresh = false
		sl.callback.held = false
	}
}

// hangUp forgets the call that was under way.
func (sl *slot) hangUp() {
	sl.call, sl.seen, sl.outcome, sl.landed = idle, record{}, 0, 0
}

// callbacks return at any time, or are given up on while they drain.
func (x *explorer) callbacks(s State, n, k int) {
	sl := &s.nodes[n].slots[k]
	if sl.callback.token == 0 {
		return
	}
	returned := s
	returned.returned(n, k, x.rules)
	x.done(step{what: hReturn, node: n, key: k}, returned, "")
	if x.bounds.Abandon && sl.draining && !sl.abandoned {
		after := s
		after.nodes[n].slots[k].abandoned = true
		after.nodes[n].slots[k].callback.held = false
		x.done(step{what: hAbandon, node: n, key: k}, after, "")
	}
}

func (s *State) returned(n, k int, rules *oracle) {
	sl := &s.nodes[n].slots[k]
	sl.callback, sl.abandoned = callback{}, false
	sl.knowledge = rules.ask(question{function: fnReturned, know: sl.knowledge}).know
}
