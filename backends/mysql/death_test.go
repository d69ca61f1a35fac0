package mysql_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/mysql"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver/mariadbtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// Another transaction holds the row of an expired session. Who of a renewal and a proof
// waits for it first, wins; the other must see what that has left.
func TestProofAndRenewal_ExcludeEachOtherBehindALockedRow(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	operator := connect(t, server.Addr())
	migrate(t, operator)
	for _, first := range []string{"renewal", "proof"} {
		t.Run(first+" first", func(t *testing.T) {
			store := open(t, connect(t, server.Addr()), "locked "+first)
			session := storetest.OpenSession(t, store, time.Second)
			storetest.Until(t, 5*time.Second, "the session expires", func() bool {
				infos, err := store.Sessions(t.Context())
				return err == nil && infos[0].Expired
			})
			tx := holdSession(t, operator, session.ID())
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
				waiting(t, operator, i+1)
			}
			if err := tx.Commit(); err != nil {
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

func holdSession(t *testing.T, operator *sql.DB, id backends.SessionID) *sql.Tx {
	t.Helper()
	tx, err := operator.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	if _, err := tx.ExecContext(t.Context(), `SELECT id FROM tenure_sessions WHERE id = ? FOR UPDATE`, string(id)); err != nil {
		t.Fatal(err)
	}
	return tx
}

// waiting waits until n statements wait for a lock.
func waiting(t *testing.T, operator *sql.DB, n int) {
	t.Helper()
	storetest.Until(t, 5*time.Second, fmt.Sprint(n, " statements wait for a lock"), func() bool {
		var name string
		var found int
		err := operator.QueryRowContext(t.Context(), `SHOW GLOBAL STATUS LIKE 'innodb_row_lock_current_waits'`).Scan(&name, &found)
		return err == nil && found == n
	})
}

// Clients prove and renew at once, over and over, around the end of many sessions: no
// session is renewed after a proof of its death was answered.
func TestProofAndRenewal_Race(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	pool := connect(t, server.Addr())
	migrate(t, pool)
	a, b := open(t, pool, "race"), open(t, connect(t, server.Addr()), "race")
	const sessions, tries = 20, 40
	var all sync.WaitGroup
	for i := range sessions {
		session := storetest.OpenSession(t, a, time.Second)
		all.Go(func() {
			// Make it expire now, many times, so that each try is at its edge.
			for try := range tries {
				expire(t, pool, session.ID())
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

func expire(t *testing.T, operator *sql.DB, id backends.SessionID) {
	if _, err := operator.ExecContext(t.Context(), `UPDATE tenure_sessions SET expires = 0 WHERE id = ?`, string(id)); err != nil {
		t.Errorf("expire: %v", err)
	}
}

// The clock of the server steps back after a proof: what was proven stays so.
func TestDead_StaysDeadWhateverTheClockSays(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	pool := connect(t, server.Addr())
	migrate(t, pool)
	store := open(t, pool, "clock")
	session := storetest.OpenSession(t, store, time.Minute)
	expire(t, pool, session.ID())
	if r := storetest.Try(t, store, backends.Write{Key: "k", IfDead: session.ID()}); r.Outcome != backends.Applied {
		t.Fatalf("proof: %v %v", r.Outcome, r.Err)
	}
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew of a dead session: %v", err)
	}
	// A session whose end lies far away because the clock stepped back shows its TTL.
	far := storetest.OpenSession(t, store, time.Minute)
	if _, err := pool.ExecContext(t.Context(), `UPDATE tenure_sessions SET expires = expires * 2 WHERE id = ?`, string(far.ID())); err != nil {
		t.Fatal(err)
	}
	infos, err := store.Sessions(t.Context())
	if err != nil || len(infos) != 1 || infos[0].Left != time.Minute {
		t.Errorf("Sessions: %+v, %v; want a minute left", infos, err)
	}
	if _, err := far.Renew(t.Context()); err != nil {
		t.Errorf("Renew: %v", err)
	}
}

// The time zone is the connection's. Clients in several of them have one clock.
func TestClock_IsTheSameInEveryTimeZone(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	migrate(t, connect(t, server.Addr()))
	in := func(zone string) *mysql.Store {
		return open(t, dial(t, dsn(server.Addr())+"&time_zone="+url.QueryEscape("'"+zone+"'")), "zones")
	}
	east, west := in("+09:00"), in("-08:00")
	for name, pair := range map[string][2]*mysql.Store{"east": {east, west}, "west": {west, east}} {
		session := storetest.OpenSession(t, pair[0], time.Minute)
		if r := storetest.Try(t, pair[1], backends.Write{Key: backends.Key(name), IfDead: session.ID()}); r.Outcome != backends.Alive {
			t.Errorf("proof of a live session from the %s: %+v, want alive", name, r)
		}
		infos, err := pair[1].Sessions(t.Context())
		if err != nil || len(infos) != 1 || infos[0].Left < 50*time.Second || infos[0].Left > time.Minute {
			t.Errorf("a session from the %s: %+v, %v, want almost a minute left", name, infos, err)
		}
		expire(t, connect(t, server.Addr()), session.ID())
		if r := storetest.Try(t, pair[1], backends.Write{Key: backends.Key(name), IfDead: session.ID()}); r.Outcome != backends.Applied {
			t.Errorf("proof of an expired session from the %s: %+v, want applied", name, r)
		}
	}
}
