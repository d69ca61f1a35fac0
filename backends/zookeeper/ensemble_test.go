package zookeeper_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/zookeeper"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

// ensemble starts three servers, and a store that knows all of them.
func ensemble(t *testing.T) (leader *zookeeperserver.Server, others []*zookeeperserver.Server, store *zookeeper.Store) {
	t.Helper()
	e := zookeepertest.StartEnsemble(t, 3)
	leader, others, err := e.Leader(storetest.Within(t, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return leader, others, client(t, "n", e.Addrs()...)
}

// renewed renews until it works, with a third of the TTL for each try, and fails if that
// takes longer than what the last renewal gave.
func renewed(t *testing.T, session backends.Session, last time.Time, ttl time.Duration) time.Time {
	t.Helper()
	for {
		begun := time.Now()
		renewal, err := session.Renew(storetest.Within(t, ttl/3))
		switch {
		case err == nil && renewal.ValidFor >= ttl:
			return begun
		case errors.Is(err, backends.ErrSessionLost) || time.Since(last) > ttl:
			t.Fatalf("%v after the last renewal, of a TTL of %v: %v, ValidFor %v", time.Since(last), ttl, err, renewal.ValidFor)
		}
	}
}

func TestEnsemble_LeaderKilled(t *testing.T) {
	t.Parallel()
	leader, _, store := ensemble(t)
	const ttl = 15 * time.Second
	session, last := storetest.OpenSession(t, store, ttl), time.Now()
	first := storetest.Try(t, store, backends.Write{Key: "k", Value: []byte("v")})
	if err := leader.Kill(); err != nil {
		t.Fatal(err)
	}
	last = renewed(t, session, last, ttl)
	if r, err := store.Read(storetest.Within(t, 10*time.Second), "k"); err != nil || r[0].Revision != first.Revision {
		t.Errorf("Read under the new leader: %+v, %v", r, err)
	}
	if r := storetest.Try(t, store, backends.Write{Key: "k", Expect: first.Revision, IfDead: session.ID()}); r.Outcome != backends.Alive {
		t.Errorf("IfDead under the new leader: %v %v, want alive", r.Outcome, r.Err)
	}
	renewed(t, session, last, ttl)
}

// A leader that is frozen leaves followers that still take connections and answer pings:
// none of that is a renewal.
func TestEnsemble_LeaderPaused(t *testing.T) {
	t.Parallel()
	leader, others, _ := ensemble(t)
	old, store := client(t, "n", leader.Addr()), client(t, "n", others[0].Addr(), others[1].Addr())
	const ttl = 15 * time.Second
	session, last := storetest.OpenSession(t, store, ttl), time.Now()
	if err := leader.Pause(); err != nil {
		t.Fatal(err)
	}
	if renewal, err := session.Renew(storetest.Within(t, 500*time.Millisecond)); err == nil {
		t.Errorf("Renew at the follower of a frozen leader: %+v, want an error", renewal)
	}
	last = renewed(t, session, last, ttl) // under the next leader
	storetest.Write(t, store, backends.Write{Key: "new", Value: []byte("v")})
	if err := leader.Resume(); err != nil {
		t.Fatal(err)
	}
	// The old leader does not know yet, and still has its clients. What it alone says is
	// no answer.
	storetest.Until(t, 20*time.Second, "the old leader serves again", func() bool {
		r, err := old.Read(storetest.Within(t, time.Second), "new")
		if err == nil && string(r[0].Value) != "v" {
			t.Errorf("Read at the old leader: %+v; want what was written under the new one", r)
		}
		return err == nil
	})
	renewed(t, session, last, ttl)
}

func TestEnsemble_FollowerPaused(t *testing.T) {
	t.Parallel()
	_, others, _ := ensemble(t)
	store := client(t, "n", others[0].Addr(), others[1].Addr())
	const ttl = 15 * time.Second
	session, last := storetest.OpenSession(t, store, ttl), time.Now()
	events, err := store.Watch(t.Context(), time.Minute, backends.InDir("d/"))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Next(t, events, backends.Synced)
	for _, follower := range others { // one of them is the store's own
		if err := follower.Pause(); err != nil {
			t.Fatal(err)
		}
		last = renewed(t, session, last, ttl)
		// A call that ran out of time leaves the server: the library alone would let the
		// next one wait for some seconds too, and then fail.
		_, _ = store.Read(storetest.Within(t, 500*time.Millisecond), "d/k")
		if _, err := store.Read(storetest.Within(t, 20*time.Second), "d/k"); err != nil {
			t.Errorf("the second Read after a follower was paused: %v", err)
		}
		if err := follower.Resume(); err != nil {
			t.Fatal(err)
		}
		last = renewed(t, session, last, ttl)
	}
	storetest.Write(t, store, backends.Write{Key: "d/k"})
	storetest.Next(t, events, backends.Put)
}

func TestEnsemble_MinorityDown(t *testing.T) {
	t.Parallel()
	_, others, store := ensemble(t)
	session := storetest.OpenSession(t, store, 30*time.Second)
	if err := others[0].Kill(); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := session.Renew(storetest.Within(t, 10*time.Second)); err != nil {
			t.Errorf("Renew with two of three servers: %v", err)
		}
	}
	storetest.Until(t, 10*time.Second, "a write", func() bool {
		results, err := store.Write(storetest.Within(t, 3*time.Second), backends.Write{Key: "k"})
		return err == nil && results[0].Outcome != backends.Unknown
	})
}

// majority kills two of three servers, and returns a function that starts them again.
func majority(t *testing.T, leader *zookeeperserver.Server, others []*zookeeperserver.Server) (back func()) {
	t.Helper()
	if err := errors.Join(leader.Kill(), others[0].Kill()); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		restarted := make(chan error, 1)
		go func() { restarted <- others[0].Restart(t.Context()) }()
		if err := errors.Join(leader.Restart(t.Context()), <-restarted); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEnsemble_MajorityDownForLessThanTheTTL(t *testing.T) {
	t.Parallel()
	leader, others, store := ensemble(t)
	const ttl = 30 * time.Second
	session, last := storetest.OpenSession(t, store, ttl), time.Now()
	first := storetest.Try(t, store, backends.Write{Key: "k"})
	back := majority(t, leader, others)
	unserved(t, store, session)
	back()
	renewed(t, session, last, ttl)
	if r, err := store.Read(storetest.Within(t, 10*time.Second), "k"); err != nil || r[0].Revision != first.Revision {
		t.Errorf("Read after the outage: %+v, %v", r, err)
	}
}

func TestEnsemble_MajorityDownForLongerThanTheTTL(t *testing.T) {
	t.Parallel()
	leader, others, store := ensemble(t)
	session := storetest.OpenSession(t, store, time.Second)
	first := storetest.Try(t, store, backends.Write{Key: "k"})
	back := majority(t, leader, others)
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		unserved(t, store, session)
	}
	back()
	storetest.Until(t, 20*time.Second, "the claim is taken from the dead", func() bool {
		results, err := store.Write(storetest.Within(t, 2*time.Second), backends.Write{Key: "k", Expect: first.Revision, IfDead: session.ID()})
		return err == nil && results[0].Outcome == backends.Applied
	})
	if _, err := session.Renew(storetest.Within(t, 5*time.Second)); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew of what was proven dead: %v, want ErrSessionLost", err)
	}
	if _, err := storetest.OpenSession(t, store, time.Second).Renew(storetest.Within(t, 5*time.Second)); err != nil {
		t.Errorf("Renew of the next session: %v", err)
	}
}

// unserved demands that nothing works, and that no write is said to have failed or applied.
func unserved(t *testing.T, store *zookeeper.Store, session backends.Session) {
	t.Helper()
	short := func() context.Context { return storetest.Within(t, 300*time.Millisecond) }
	if renewal, err := session.Renew(short()); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Renew without a quorum: %+v, %v; want ErrUnavailable", renewal, err)
	}
	if _, err := store.Read(short(), "k"); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Read without a quorum: %v, want ErrUnavailable", err)
	}
	results, err := store.Write(short(), backends.Write{Key: "other"})
	if err == nil && results[0].Outcome != backends.Unknown {
		t.Errorf("Write without a quorum: %v %v", results[0].Outcome, results[0].Err)
	}
}
