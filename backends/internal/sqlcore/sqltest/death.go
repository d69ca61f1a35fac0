package sqltest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// lockedRow: another transaction holds the row of an expired session. Who of a renewal
// and a proof waits for it first, wins; the other must see what that has left.
func lockedRow(t *testing.T, s Server) {
	for _, first := range []string{"renewal", "proof"} {
		t.Run(first+" first", func(t *testing.T) {
			store := s.open(t, "locked "+first)
			session := storetest.OpenSession(t, store, time.Second)
			storetest.Until(t, 5*time.Second, "the session expires", func() bool {
				infos, err := store.Sessions(t.Context())
				return err == nil && infos[0].Expired
			})
			commit := s.Begin(t, fmt.Sprintf(`SELECT id FROM %s WHERE id = '%s' FOR UPDATE`, s.Sessions, session.ID()))
			renewed, proven := make(chan error, 1), make(chan backends.Result, 1)
			renew := func() { _, err := session.Renew(t.Context()); renewed <- err }
			prove := func() {
				results, err := store.Write(t.Context(), backends.Write{Key: "k", IfDead: session.ID()})
				if err != nil {
					results = []backends.Result{{Err: err}}
				}
				proven <- results[0]
			}
			calls := []func(){renew, prove}
			if first == "proof" {
				calls = []func(){prove, renew}
			}
			for i, call := range calls {
				go call()
				s.Await(t, i+1)
			}
			if err := commit(); err != nil {
				t.Fatal(err)
			}
			err, result := <-renewed, <-proven
			switch {
			case first == "renewal" && (err != nil || result.Outcome != backends.Alive):
				t.Errorf("renewed: %v; proof: %v %v, want it refused", err, result.Outcome, result.Err)
			case first == "proof" && (!errors.Is(err, backends.ErrSessionLost) || result.Outcome != backends.Applied):
				t.Errorf("proof: %v %v; renewed: %v, want ErrSessionLost", result.Outcome, result.Err, err)
			}
		})
	}
}

// race: clients prove and renew at once, over and over, around the end of many sessions.
// No session is renewed after a proof of its death was answered.
func race(t *testing.T, s Server) {
	a, b := s.open(t, "race"), s.open(t, "race")
	const sessions, tries = 20, 40
	var all sync.WaitGroup
	for i := range sessions {
		session := storetest.OpenSession(t, a, time.Second)
		all.Go(func() {
			// Make it expire now, many times, so that each try is at its edge.
			for try := range tries {
				s.Expire(t, session.ID())
				begin := make(chan struct{})
				renewed := make(chan error, 1)
				go func() { <-begin; _, err := session.Renew(t.Context()); renewed <- err }()
				close(begin)
				results, err := b.Write(t.Context(), backends.Write{Key: backends.Key(fmt.Sprint("k/", i, "-", try)), IfDead: session.ID()})
				if err != nil {
					t.Errorf("write: %v", err)
					return
				}
				first := <-renewed
				if results[0].Outcome != backends.Applied {
					if first != nil {
						t.Errorf("proof %v, but Renew: %v", results[0].Outcome, first)
					}
					continue
				}
				if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
					t.Errorf("Renew after the proof: %v, want ErrSessionLost", err)
				}
				return
			}
		})
	}
	all.Wait()
}

// steppedClock: the clock of the server steps back after a proof. What was proven stays so.
func steppedClock(t *testing.T, s Server) {
	store := s.open(t, "clock")
	session := storetest.OpenSession(t, store, time.Minute)
	s.Expire(t, session.ID())
	if r := storetest.Try(t, store, backends.Write{Key: "k", IfDead: session.ID()}); r.Outcome != backends.Applied {
		t.Fatalf("proof: %v %v", r.Outcome, r.Err)
	}
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew of a dead session: %v", err)
	}
	// A session whose end lies far away because the clock stepped back shows its TTL.
	far := storetest.OpenSession(t, store, time.Minute)
	s.run(t, `UPDATE %s SET expires = expires * 2 WHERE id = '%s'`, s.Sessions, far.ID())
	infos, err := store.Sessions(t.Context())
	if err != nil || len(infos) != 1 || infos[0].Left != time.Minute {
		t.Errorf("Sessions: %+v, %v; want a minute left", infos, err)
	}
	if _, err := far.Renew(t.Context()); err != nil {
		t.Errorf("Renew: %v", err)
	}
}
