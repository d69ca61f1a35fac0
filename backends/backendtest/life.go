package backendtest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// life is a session and what is known about it.
type life struct {
	backends.Session
	begun time.Time // when the call that opened or last renewed it began
	valid time.Duration
}

// good is the instant until which the session must not be proven dead.
func (l *life) good() time.Time { return l.begun.Add(l.valid) }

// limit is how long after its TTL a session may take to be provable.
func (l *life) limit() time.Duration { return 3*l.valid + 5*time.Second }

// open opens a session with the harness's TTL.
func (e *env) open(b backends.Backend) *life {
	e.Helper()
	begun := time.Now()
	s, renewal, err := b.OpenSession(e.ctx(), backends.SessionSpec{TTL: e.h.TTL, Description: []byte("conformance")})
	if err != nil {
		e.Fatalf("OpenSession: %v", err)
	}
	return &life{Session: s, begun: begun, valid: renewal.ValidFor}
}

// longTTL is for sessions that are to live until the end of a test without renewals.
func (e *env) longTTL() time.Duration { return min(e.h.TTL*5, e.a.Capabilities().MaxTTL) }

// renew renews the session, which must succeed.
func (e *env) renew(l *life) {
	e.Helper()
	begun := time.Now()
	renewal, err := l.Renew(e.ctx())
	if err != nil {
		e.Fatalf("Renew of a live session: %v", err)
	}
	l.begun, l.valid = begun, renewal.ValidFor
}

// close closes the session, which must succeed.
func (e *env) close(l *life) {
	e.Helper()
	if err := l.Close(e.ctx()); err != nil {
		e.Fatalf("Close: %v", err)
	}
}

// lost demands that the session cannot be renewed any more.
func (e *env) lost(l *life, when string) {
	e.Helper()
	if renewal, err := l.Renew(e.ctx()); !errors.Is(err, backends.ErrSessionLost) {
		e.Errorf("Renew %s: %+v, %v; want ErrSessionLost", when, renewal, err)
	}
}

var proofs atomic.Uint64

// prove tries a write that is let through only if the session is dead. Each
// try has a key of its own, so that its only condition is the death.
func (e *env) prove(b backends.Backend, id backends.SessionID) backends.Outcome {
	e.Helper()
	k := e.key("proof", fmt.Sprint(proofs.Add(1)))
	r := e.try(b, backends.Write{Key: k, Value: []byte("proof"), IfDead: id})
	if r.Outcome != backends.Applied && r.Outcome != backends.Alive {
		e.Fatalf("write with IfDead: %v %v, want applied or alive", r.Outcome, r.Err)
	}
	return r.Outcome
}

// untilProven waits until the session is proven dead, and fails if that comes
// before the end of what was granted.
func (e *env) untilProven(b backends.Backend, l *life) {
	e.Helper()
	e.until(time.Until(l.good())+l.limit(), "a proof of death", func() bool {
		if e.prove(b, l.ID()) != backends.Applied {
			return false
		}
		// The answer came before the grant ended, so the proof did too.
		if early := time.Until(l.good()); early > 0 {
			e.Fatalf("the session was proven dead %v before the end of its ValidFor %v", early, l.valid)
		}
		return true
	})
}

// listed returns what Sessions shows of a session, nil if nothing.
func (e *env) listed(b backends.Backend, id backends.SessionID) *backends.SessionInfo {
	e.Helper()
	infos, err := b.Sessions(e.ctx())
	if err != nil {
		e.Fatalf("Sessions: %v", err)
	}
	for i := range infos {
		if infos[i].ID == id {
			return &infos[i]
		}
	}
	return nil
}

// untilExpired waits until the listing shows the session as expired or not at
// all.
func (e *env) untilExpired(b backends.Backend, l *life) {
	e.Helper()
	e.until(time.Until(l.good())+l.limit(), "Sessions shows the session as expired or not at all", func() bool {
		info := e.listed(b, l.ID())
		return info == nil || info.Expired
	})
}
