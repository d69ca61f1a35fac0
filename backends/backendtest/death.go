package backendtest

import (
	"errors"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

var death = []Clause{
	{"D1", "MissingIsDead", missingIsDead},
	{"D2", "LiveIsAlive", liveIsAlive},
	{"D3", "ProofKillsExpired", proofKillsExpired},
	{"D4", "DeadForEver", deadForEver},
	{"D5", "ProofExcludesRenewal", proofExcludesRenewal},
	{"D6", "ClosedIsDeadAtOnce", closedIsDeadAtOnce},
	{"D7", "ProvableInBoundedTime", provableInBoundedTime},
	{"D8", "ExpiredIsShown", expiredIsShown},
}

func missingIsDead(e *env) {
	k := e.key("d1")
	r := e.expect(backends.Applied, e.a, backends.Write{Key: k, Value: []byte("v"), IfDead: backends.NewSessionID()})
	e.holds(e.b, k, "v", r.Revision)
}

func liveIsAlive(e *env) {
	l := e.open(e.a)
	fresh, old := e.key("d2", "fresh"), e.key("d2", "old")
	revision := e.put(e.a, old, "old", backends.Absent)
	// Many tries, through both clients, over more than one TTL.
	end := time.Now().Add(l.valid * 3 / 2)
	for time.Now().Before(end) {
		if time.Until(l.good()) < l.valid/2 {
			e.renew(l)
		}
		for _, b := range []backends.Backend{e.a, e.b} {
			e.expect(backends.Alive, b, backends.Write{Key: fresh, Value: []byte("new"), IfDead: l.ID()})
			e.expect(backends.Alive, b, backends.Write{Key: old, Value: []byte("new"), Expect: revision, IfDead: l.ID()})
			e.expect(backends.Alive, b, backends.Write{Key: old, Delete: true, Expect: revision, IfDead: l.ID()})
		}
		e.holds(e.b, fresh, "", backends.Absent)
		e.holds(e.b, old, "old", revision)
		e.pass(l.valid / 8)
	}
	e.renew(l)
}

func proofKillsExpired(e *env) {
	l := e.open(e.a)
	e.untilExpired(e.b, l)
	w := backends.Write{Key: e.key("d3"), Value: []byte("v"), IfDead: l.ID()}
	r := e.try(e.b, w)
	if e.b.Capabilities().Death == backends.DeathByObserver {
		// This client must itself have watched the session for a whole TTL.
		e.until(l.limit(), "the write is applied", func() bool {
			if r.Outcome == backends.Alive {
				r = e.try(e.b, w)
			}
			return r.Outcome == backends.Applied
		})
	}
	if r.Outcome != backends.Applied {
		e.Fatalf("write with IfDead of an expired session: %v %v, want applied", r.Outcome, r.Err)
	}
	e.holds(e.a, w.Key, "v", r.Revision)
	if info := e.listed(e.b, l.ID()); info != nil {
		e.Errorf("Sessions still shows a session that was proven dead: %+v", *info)
	}
	e.lost(l, "after the proof")
}

func deadForEver(e *env) {
	l := e.open(e.a)
	e.untilProven(e.b, l)
	end := time.Now().Add(l.valid * 3 / 2)
	for time.Now().Before(end) {
		e.lost(l, "after the session was proven dead")
		if o := e.prove(e.a, l.ID()); o != backends.Applied {
			e.Errorf("a later write with IfDead of a dead session: %v, want applied", o)
		}
		e.pass(l.valid / 8)
	}
	if info := e.listed(e.b, l.ID()); info != nil {
		e.Errorf("Sessions shows a dead session: %+v", *info)
	}
}

// proofExcludesRenewal lets renewals and proofs race around the end of several
// sessions. Whatever the order, a renewal that succeeded forbids a proof for
// its ValidFor, and a proof forbids every renewal that begins after it.
func proofExcludesRenewal(e *env) {
	lives := make([]*life, 8)
	for i := range lives {
		lives[i] = e.open(e.a)
	}
	var all sync.WaitGroup
	for i, l := range lives {
		all.Go(func() { race(e, l, time.Duration(i-2)*l.valid/16) })
	}
	all.Wait()
}

// race runs in a goroutine of its own and so reports by Errorf only.
func race(e *env, l *life, offset time.Duration) {
	good := make(chan time.Time, 1) // when the renewal's grant ends
	go func() {
		<-time.After(time.Until(l.good()) + offset)
		begun := time.Now()
		renewal, err := l.Renew(e.ctx())
		if err != nil && !errors.Is(err, backends.ErrSessionLost) {
			e.Errorf("Renew: %v", err)
		}
		if err != nil {
			begun = time.Time{}
		}
		good <- begun.Add(renewal.ValidFor)
	}()
	proven := provenAt(e, l)
	until := <-good
	if proven.IsZero() {
		return
	}
	if proven.Before(until) {
		e.Errorf("renewed at %v of its life: proven dead %v before the end of what the renewal granted", offset, until.Sub(proven))
	}
	e.lost(l, "after a proof that raced it")
}

// provenAt asks for a proof until there is one and returns when it was known.
func provenAt(e *env, l *life) time.Time {
	ticker := time.NewTicker(e.step())
	defer ticker.Stop()
	for deadline := l.good().Add(l.limit()); time.Now().Before(deadline); {
		w := backends.Write{Key: backends.Key("d5/" + backends.Escape(string(l.ID()))), Value: []byte("v"), IfDead: l.ID()}
		results, err := e.b.Write(e.ctx(), w)
		switch {
		case err != nil:
			e.Errorf("Write: %v", err)
			return time.Time{}
		case results[0].Outcome == backends.Applied:
			return time.Now()
		}
		<-ticker.C
	}
	e.Errorf("no proof of death within %v", l.limit())
	return time.Time{}
}

func closedIsDeadAtOnce(e *env) {
	l := e.open(e.a)
	if o := e.prove(e.b, l.ID()); o != backends.Alive {
		e.Fatalf("write with IfDead before Close: %v, want alive", o)
	}
	e.close(l)
	if o := e.prove(e.b, l.ID()); o != backends.Applied {
		e.Errorf("write with IfDead right after Close: %v, want applied", o)
	}
	if info := e.listed(e.b, l.ID()); info != nil {
		e.Errorf("Sessions shows a closed session: %+v", *info)
	}
}

func provableInBoundedTime(e *env) {
	l := e.open(e.a)
	e.renew(l)
	e.untilProven(e.b, l)
}

func expiredIsShown(e *env) {
	l := e.open(e.a)
	f := e.follow(e.b, backends.OfSession(l.ID()))
	if info := e.listed(e.b, l.ID()); info == nil || info.Expired {
		e.Errorf("Sessions shows a live session as %+v", info)
	}
	if !f.seen(l.ID()) {
		e.Errorf("the watch's snapshot shows a live session as expired or not at all")
	}
	e.untilExpired(e.b, l)
	f.until("the end of the session", func() bool { return !f.seen(l.ID()) })
	// Nobody renews: it must not look alive again.
	for range 5 {
		if info := e.listed(e.a, l.ID()); info != nil && (!info.Expired || info.Left != 0) {
			e.Errorf("Sessions shows an expired session as %+v", *info)
		}
		e.pass(e.step())
	}
}
