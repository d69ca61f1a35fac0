package redisstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestForeign(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	operator := connect(t, server.Addr())

	for name, garbage := range map[string]string{"text": "garbage", "empty": "", "no revision": ":v", "no nonce": "12:v", "half": "12-ab", "letters": "x-ab:v"} {
		t.Run("record "+name, func(t *testing.T) {
			t.Parallel()
			namespace := backends.Escape("record " + name)
			store := client(t, "record "+name, server.Addr())
			good := storetest.Try(t, store, backends.Write{Key: "d/good"})
			set(t, operator.HSet(t.Context(), "tenure:{"+namespace+"}:records", "d/bad", garbage))
			set(t, operator.ZAdd(t.Context(), "tenure:{"+namespace+"}:keys", redis.Z{Member: "d/bad"}))
			if _, err := store.Read(t.Context(), "d/bad"); !errors.Is(err, backends.ErrForeign) {
				t.Errorf("Read: %v, want ErrForeign", err)
			}
			if _, err := store.List(t.Context(), "d/"); !errors.Is(err, backends.ErrForeign) {
				t.Errorf("List: %v, want ErrForeign", err)
			}
			for _, expect := range []backends.Revision{backends.Absent, "12", good.Revision} {
				r := storetest.Try(t, store, backends.Write{Key: "d/bad", Expect: expect})
				if r.Outcome != backends.Conflict {
					t.Errorf("Write with revision %q: %v %v, want conflict", expect, r.Outcome, r.Err)
				}
			}
			if value, err := operator.HGet(t.Context(), "tenure:{"+namespace+"}:records", "d/bad").Result(); err != nil || value != garbage {
				t.Errorf("the record is now %q, %v", value, err)
			}
			if r, err := store.Read(t.Context(), "d/good"); err != nil || r[0].Revision != good.Revision {
				t.Errorf("Read of a good record beside it: %+v, %v", r, err)
			}
		})
	}

	for _, name := range []string{"records", "keys", "sessions"} {
		t.Run("key "+name+" of another type", func(t *testing.T) {
			t.Parallel()
			store := client(t, "type-"+name, server.Addr())
			set(t, operator.Set(t.Context(), "tenure:{type-"+name+"}:"+name, "x", 0))
			_, err := store.Write(t.Context(), backends.Write{Key: "k", IfDead: backends.NewSessionID()})
			if !errors.Is(err, backends.ErrForeign) {
				t.Errorf("Write: %v, want ErrForeign and nothing sent", err)
			}
			_, _, openErr := store.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Minute})
			if name == "sessions" && !errors.Is(openErr, backends.ErrForeign) {
				t.Errorf("OpenSession: %v, want ErrForeign", openErr)
			}
			_, readErr := store.Read(t.Context(), "k")
			if name == "records" && !errors.Is(readErr, backends.ErrForeign) {
				t.Errorf("Read: %v, want ErrForeign", readErr)
			}
			if value, err := operator.Get(t.Context(), "tenure:{type-"+name+"}:"+name).Result(); err != nil || value != "x" {
				t.Errorf("the foreign key holds %q, %v", value, err)
			}
			if keys, err := operator.Keys(t.Context(), "tenure:{type-"+name+"}:*").Result(); err != nil || name == "sessions" && len(keys) != 1 {
				t.Errorf("keys are now %q, %v", keys, err)
			}
		})
	}

	t.Run("nothing is written before all types are known", func(t *testing.T) {
		t.Parallel()
		store := client(t, "partly", server.Addr())
		first := storetest.Try(t, store, backends.Write{Key: "k"})
		for _, name := range []string{"keys", "sessions"} {
			set(t, operator.Rename(t.Context(), "tenure:{partly}:keys", "tenure:{partly}:aside"))
			set(t, operator.Set(t.Context(), "tenure:{partly}:"+name, "x", 0))
			_, err := store.Write(t.Context(),
				backends.Write{Key: "k", Expect: first.Revision, Delete: true}, backends.Write{Key: "k2", IfDead: backends.NewSessionID()})
			if !errors.Is(err, backends.ErrForeign) {
				t.Errorf("Write with foreign %s: %v, want ErrForeign and nothing sent", name, err)
			}
			if r, err := store.Read(t.Context(), "k"); err != nil || r[0].Revision != first.Revision {
				t.Errorf("with foreign %s the record is now %+v, %v", name, r, err)
			}
			set(t, operator.Del(t.Context(), "tenure:{partly}:"+name))
			set(t, operator.Rename(t.Context(), "tenure:{partly}:aside", "tenure:{partly}:keys"))
		}
	})

	t.Run("strange members among the sessions", func(t *testing.T) {
		t.Parallel()
		store := client(t, "members", server.Addr())
		session := storetest.OpenSession(t, store, time.Minute)
		set(t, operator.Set(t.Context(), "precious", "x", 0))
		for _, member := range []string{"precious", "absent", "", "tenure:{members}:session:%zz"} {
			set(t, operator.ZAdd(t.Context(), "tenure:{members}:sessions", redis.Z{Member: member}))
		}
		infos, err := store.Sessions(t.Context())
		if err != nil || len(infos) != 1 || infos[0].ID != session.ID() {
			t.Errorf("listed %+v, %v; want the one session", infos, err)
		}
	})

	t.Run("session whose expiry was taken away", func(t *testing.T) {
		t.Parallel()
		store := client(t, "persist", server.Addr())
		session := storetest.OpenSession(t, store, 100*time.Millisecond)
		set(t, operator.Persist(t.Context(), "tenure:{persist}:session:"+string(session.ID())))
		infos, err := store.Sessions(t.Context())
		if err != nil || len(infos) != 1 || infos[0].Left != 0 || infos[0].Expired {
			t.Errorf("listed %+v, %v; want it alive without an end", infos, err)
		}
	})
}

// Only a hint can tell this soon: the polls are 2 s apart by then.
func TestHints_TellOfWhatChanged(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := client(t, "hints", server.Addr())
	raw := connect(t, server.Addr()).SSubscribe(t.Context(), "tenure:{hints}:changes")
	t.Cleanup(func() { _ = raw.Close() })
	if _, err := raw.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	events, err := store.Watch(t.Context(), time.Minute, backends.InDir("d/"))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Next(t, events, backends.Synced)
	var revision backends.Revision
	for range 3 {
		<-time.After(3 * time.Second) // the fast polls after the last change are over
		begun := time.Now()
		revision = storetest.Try(t, store, backends.Write{Key: "d/k", Expect: revision, IfDead: backends.NewSessionID()}).Revision
		if e := storetest.Next(t, events, backends.Put); e.Record.Revision != revision || time.Since(begun) > time.Second {
			t.Errorf("the watch shows %q after %v, want %q within 1 s", e.Record.Revision, time.Since(begun), revision)
		}
		if m, err := raw.ReceiveMessage(t.Context()); err != nil || m.Payload != "d/k" {
			t.Errorf("published: %+v, %v; want d/k", m, err)
		}
	}
	session := storetest.OpenSession(t, store, time.Minute)
	if err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if m, err := raw.ReceiveMessage(t.Context()); err != nil || m.Payload != "tenure:{hints}:session:"+string(session.ID()) {
			t.Errorf("published: %+v, %v; want the session's key", m, err)
		}
	}
}

func set(t *testing.T, result interface{ Err() error }) {
	t.Helper()
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
}
