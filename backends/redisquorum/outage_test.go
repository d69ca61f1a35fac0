package redisquorum_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// A minority is cut off while sessions are renewed and records written, and comes back
// to what it missed.
func TestMinorityCutOff(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	proxies, addrs := f.proxies(t)
	store, other := client(t, "n", addrs), client(t, "n", f.addrs)
	session := storetest.OpenSession(t, store, 2*time.Second)
	revision := storetest.Put(t, store, backends.Write{Key: "k", Value: []byte("0")})
	proxies[0].Cut()
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline); {
		begun := time.Now()
		if _, err := session.Renew(storetest.Within(t, time.Second)); err != nil {
			t.Fatalf("Renew without a minority: %v", err)
		}
		revision = storetest.Put(t, store, backends.Write{Key: "k", Value: []byte("1"), Expect: revision})
		if r := read(t, store, "k"); r.Revision != revision {
			t.Fatalf("the record is %+v, want %q", r, revision)
		}
		if took := time.Since(begun); took > time.Second {
			t.Fatalf("a renewal, a write and a read without a minority took %v", took)
		}
	}
	// What the cut server knows of the session has run out. The others' word counts.
	if r := try(t, other, backends.Write{Key: "proof", IfDead: session.ID()}); r.Outcome != backends.Alive {
		t.Errorf("a proof while one server has no row: %v %v, want alive", r.Outcome, r.Err)
	}
	proxies[0].Restore()
	storetest.Until(t, 10*time.Second, "the server has the row again", func() bool {
		if _, err := session.Renew(storetest.Within(t, time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := connect(t, f.addrs[:1])[0].Exists(t.Context(), "tenure:{n}:session:"+string(session.ID())).Result()
		return err == nil && n == 1
	})
	proxies[1].Cut() // now the first server is needed
	if _, err := session.Renew(storetest.Within(t, 5*time.Second)); err != nil {
		t.Errorf("Renew with the server that came back: %v", err)
	}
	if r := read(t, store, "k"); r.Revision != revision {
		t.Errorf("with the server that came back the record is %+v, want %q", r, revision)
	}
}

// Without a majority nothing works. Within a TTL nothing is lost; after it sessions are,
// and the next ones begin.
func TestMajorityAway(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	proxies, addrs := f.proxies(t)
	store := client(t, "n", addrs)
	const ttl = 2 * time.Second
	session := storetest.OpenSession(t, store, ttl)
	first := storetest.Put(t, store, backends.Write{Key: "k"})
	away := func(d time.Duration) {
		t.Helper()
		proxies[0].Cut()
		proxies[1].Cut()
		end := time.Now().Add(d)
		if _, err := session.Renew(storetest.Within(t, 200*time.Millisecond)); !errors.Is(err, backends.ErrUnavailable) {
			t.Errorf("Renew without a majority: %v, want ErrUnavailable", err)
		}
		if _, err := store.Read(storetest.Within(t, 200*time.Millisecond), "k"); !errors.Is(err, backends.ErrUnavailable) {
			t.Errorf("Read without a majority: %v, want ErrUnavailable", err)
		}
		storetest.Until(t, 2*d, "the time is over", func() bool { return time.Now().After(end) })
		proxies[0].Restore()
		proxies[1].Restore()
	}
	away(ttl / 4)
	storetest.Until(t, ttl/2, "a renewal", func() bool { _, err := session.Renew(storetest.Within(t, time.Second)); return err == nil })
	away(2 * ttl)
	storetest.Until(t, 10*time.Second, "the session is lost", func() bool {
		_, err := session.Renew(storetest.Within(t, time.Second))
		return errors.Is(err, backends.ErrSessionLost)
	})
	if r := try(t, store, backends.Write{Key: "k", Expect: first, IfDead: session.ID()}); r.Outcome != backends.Applied {
		t.Errorf("a write over the lost session's: %v %v, want applied", r.Outcome, r.Err)
	}
	if _, err := storetest.OpenSession(t, store, ttl).Renew(storetest.Within(t, time.Second)); err != nil {
		t.Errorf("Renew of a new session: %v", err)
	}
}

// The accept requests arrive and their answers do not: the outcome is unknown, and
// sending the same write again closes it. Nothing is sent twice by itself.
func TestLostReply_IsUnknown(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	proxies, addrs := f.proxies(t)
	store, other := client(t, "n", addrs), client(t, "n", f.addrs)
	storetest.Put(t, store, backends.Write{Key: "before"})
	unknown := 0
	for _, key := range []backends.Key{"a", "b", "c", "d", "e", "f"} {
		w := backends.Write{Key: key, Value: []byte("v")}
		for _, p := range proxies {
			p.Delay(50 * time.Millisecond)
		}
		// The answers to the promises are on their way, those to the versions will be lost.
		cut := time.AfterFunc(75*time.Millisecond, func() {
			for _, p := range proxies {
				p.CutReplies()
			}
		})
		results, err := store.Write(storetest.Within(t, time.Second), w)
		cut.Stop()
		for _, p := range proxies {
			p.Delay(0)
			p.Restore()
		}
		if err != nil || results[0].Outcome == backends.Applied {
			continue // it came too early or too late
		}
		if results[0].Outcome != backends.Unknown || !errors.Is(results[0].Err, backends.ErrUnavailable) {
			t.Fatalf("a write whose answers were lost: %v %v, want unknown", results[0].Outcome, results[0].Err)
		}
		unknown++
		applied := read(t, other, key)
		storetest.Until(t, 10*time.Second, "the write is closed", func() bool {
			r := try(t, store, w)
			return r.Outcome == backends.Conflict || r.Outcome == backends.Applied && applied.Revision == backends.Absent
		})
		if now := read(t, other, key); applied.Revision != backends.Absent && now.Revision != applied.Revision {
			t.Errorf("after it was sent again the record is %+v, want %q", now, applied.Revision)
		}
	}
	if unknown == 0 {
		t.Error("no write came to be unknown")
	}
}

func TestDeadlines_AreKept(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	store := client(t, "n", f.addrs)
	session := storetest.OpenSession(t, store, time.Minute)
	for _, s := range f.servers[:2] {
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Resume() }()
	}
	calls := map[string]func(context.Context) error{
		"Renew": func(ctx context.Context) error { _, err := session.Renew(ctx); return err },
		"Close": session.Close,
		"Read":  func(ctx context.Context) error { _, err := store.Read(ctx, "k"); return err },
		"List":  func(ctx context.Context) error { _, err := store.List(ctx, "k/"); return err },
		"Write": func(ctx context.Context) error { _, err := store.Write(ctx, backends.Write{Key: "k"}); return err },
	}
	var all sync.WaitGroup
	for name, call := range calls {
		all.Go(func() {
			begun := time.Now()
			if err := call(storetest.Within(t, 300*time.Millisecond)); !errors.Is(err, backends.ErrUnavailable) {
				t.Errorf("%s on paused servers: %v, want ErrUnavailable", name, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			if err := call(ctx); !errors.Is(err, backends.ErrUnavailable) {
				t.Errorf("%s that was cancelled: %v, want ErrUnavailable", name, err)
			}
			if took := time.Since(begun); took > 3*time.Second {
				t.Errorf("%s took %v", name, took)
			}
		})
	}
	all.Wait()
}
