package timed

import (
	"fmt"
	"time"

	"github.com/tenure-go/tenure/internal/trust"
)

// move is something that can happen.
type move struct {
	what string
	by   int8 // of passes: how far the node's clock went
	ago  int8 // of calls: when it was sent
}

// What can happen.
const (
	mPasses  = "time passes"
	mSteps   = "the store's clock is stepped forward"
	mStop    = "the process is stopped"
	mGoOn    = "the process goes on"
	mTimer   = "the timer closes the window"
	mSend    = "the node sends a renewal"
	mRenews  = "the store renews the session"
	mLost    = "a message is lost"
	mHears   = "the node hears the answer"
	mLeave   = "the node leaves"
	mClosed  = "the store closes the session"
	mGranted = "the store proves the session dead and grants the claim to the other node"
)

func (m move) String() string {
	switch m.what {
	case mPasses:
		return fmt.Sprintf("%s: %d units for the store, %d for the node", m.what, step, m.by)
	case mRenews, mLost, mHears:
		return fmt.Sprintf("%s (of the renewal sent %d units ago)", m.what, m.ago)
	}
	return m.what
}

// next calls emit for all that can follow s.
func (r Rules) next(s State, emit func(m move, next State, broken string)) {
	do := func(m move, change func(*State)) {
		after := s
		change(&after)
		broken := after.broken()
		if broken == "" && !s.check() && after.check() {
			broken = fmt.Sprintf("S4: Check answers nil again, for %d units", after.until)
		}
		if broken == "" && m.what == mSend && !s.check() {
			broken = "S4: a renewal is sent after the window has ended"
		}
		after.canonical()
		emit(m, after, broken)
	}
	for rate := r.slowest(); rate <= fastest; rate++ {
		do(move{what: mPasses, by: rate}, func(s *State) { r.pass(s, rate) })
	}
	if r.step > 0 && !s.stepped {
		do(move{what: mSteps}, func(s *State) { s.stepped, s.left = true, max(0, s.left-r.step) })
	}
	r.process(s, do)
	for i, c := range s.renewals {
		r.call(s, i, c, do)
	}
	r.store(s, do)
}

// pass lets time pass. A timer that is due longer than timers are late has fired
// meanwhile.
func (r Rules) pass(s *State, rate int8) {
	s.left = max(0, s.left-step)
	due := !s.paused && !s.closed && (s.woke || s.until-rate < -lateness)
	s.until = max(over, s.until-rate)
	s.closed = s.closed || due
	for i := range s.renewals {
		if c := &s.renewals[i]; c.phase != none {
			c.ago = min(c.ago+rate, r.window()) // an older one extends nothing either
		}
	}
	if r.OwnClock {
		s.seen = min(s.seen+fastest, r.ttl)
	}
}

type doing = func(m move, change func(*State))

// process is what the node's process does, and what is done to it.
func (r Rules) process(s State, do doing) {
	if s.paused {
		do(move{what: mGoOn}, func(s *State) { s.paused, s.woke = false, !s.closed && !s.check() })
		return
	}
	do(move{what: mStop}, func(s *State) { s.paused, s.woke = true, false })
	if !s.closed && !s.check() {
		do(move{what: mTimer}, func(s *State) { s.closed = true })
	}
	if s.renewals[calls-1].phase == none && s.leaving == stays && (s.check() || r.RenewAfter) {
		do(move{what: mSend}, func(s *State) { s.renewals[calls-1] = renewal{phase: request} })
	}
	if s.leaving == stays && s.check() {
		do(move{what: mLeave}, func(s *State) {
			s.leaving = closing
			s.closed = s.closed || !r.CloseFirst
		})
	}
}

// call is what can become of a renewal under way.
func (r Rules) call(s State, i int, c renewal, do doing) {
	if c.phase == none {
		return
	}
	do(move{what: mLost, ago: c.ago}, func(s *State) { s.renewals[i] = renewal{} })
	switch {
	case c.phase == request && !s.dead:
		do(move{what: mRenews, ago: c.ago}, func(s *State) {
			s.left, s.seen = r.ttl, 0
			s.renewals[i].phase = answer
		})
	case c.phase == answer && !s.paused && !s.closed:
		do(move{what: mHears, ago: c.ago}, func(s *State) {
			s.renewals[i] = renewal{}
			end, ok := r.Extend(0, time.Duration(s.until), time.Duration(r.window()-r.since(c)))
			if ok {
				s.until, s.woke = int8(end), false
			}
		})
	}
}

// window is how long the node trusts its session after a renewal was sent.
func (r Rules) window() int8 { return int8(r.For(time.Duration(r.ttl))) }

// since is how long ago a window counts from.
func (r Rules) since(c renewal) int8 {
	if r.FromAnswer {
		return 0
	}
	return c.ago
}

// store is what the store does by itself, or because others ask.
func (r Rules) store(s State, do doing) {
	if s.leaving == closing {
		do(move{what: mClosed}, func(s *State) { s.leaving, s.dead, s.left = left, true, 0 })
		do(move{what: mLost}, func(s *State) { s.leaving = left })
	}
	proven := s.dead || s.left == 0 || r.NoProof || r.OwnClock && s.seen >= r.ttl
	if !s.granted && proven {
		do(move{what: mGranted}, func(s *State) { s.granted, s.dead, s.left = true, true, 0 })
	}
}

// Rules are what is explored: the library's rule and functions, or a broken
// variant.
type Rules struct {
	trust.Rule
	Extend func(now, until, next time.Duration) (time.Duration, bool)
	ttl    int8 // that the store grants
	// step is how far the store's clock is stepped forward, once.
	step int8
	// Broken rules. FromAnswer counts a window from the answer. RenewAfter sends
	// renewals after the window. CloseFirst sends Close while the window is
	// open. NoProof grants the claim without asking for a death; OwnClock
	// grants it when a TTL has passed by the other node's clock.
	FromAnswer, RenewAfter, CloseFirst, NoProof, OwnClock bool
	// SlowClock breaks A2: the node's clock runs at half speed.
	SlowClock bool
}

func (r Rules) slowest() int8 {
	if r.SlowClock {
		return step / 2
	}
	return slowest
}
