package zookeeper_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/zookeeper"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	operator := connect(t, server.Addr())

	t.Run("batch of 1,000 with mixed results", func(t *testing.T) {
		t.Parallel()
		if n := storetest.MixedBatch(t, client(t, "batch", server.Addr()), 1000, 30*time.Second, "00112233445566aa-0", "no revision"); n != 701 {
			t.Errorf("%d revisions of 701 records", n)
		}
	})

	t.Run("big values are split by size", func(t *testing.T) {
		t.Parallel()
		store := client(t, "big", server.Addr())
		session := storetest.OpenSession(t, store, 30*time.Second)
		var writes []backends.Write
		for i := range 5 {
			writes = append(writes, backends.Write{
				Key: backends.Key(fmt.Sprintf("d/%d", i)), Value: make([]byte, store.Capabilities().MaxValueBytes), IfDead: backends.NewSessionID(),
			})
		}
		for i, r := range storetest.Write(t, store, writes...) {
			if r.Outcome != backends.Applied {
				t.Errorf("item %d: %v %v", i, r.Outcome, r.Err)
			}
		}
		if listed, err := store.List(t.Context(), "d/"); err != nil || len(listed) != 5 {
			t.Errorf("listed %d, %v; want 5", len(listed), err)
		}
		if _, err := session.Renew(t.Context()); err != nil {
			t.Errorf("Renew: %v", err)
		}
	})

	t.Run("namespaces do not meet, hostile ones included", func(t *testing.T) {
		t.Parallel()
		namespaces := []string{"n", "N", "n!", "*", ".", "..", " n", "n\n", "\x00", "n/a", "n%2Fa", "ä", "\xff", "a/zookeeper", "\uf8ff"}
		for _, n := range namespaces {
			store := client(t, n, server.Addr())
			if r := storetest.Write(t, store, backends.Write{Key: "k", Value: []byte(n)}); r[0].Outcome != backends.Applied {
				t.Errorf("create in namespace %q: %v %v; does it meet another?", n, r[0].Outcome, r[0].Err)
			}
			if _, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: 30 * time.Second, Description: []byte(n)}); err != nil {
				t.Error(err)
			}
		}
		for _, n := range namespaces {
			store := client(t, n, server.Addr())
			records, err := store.Read(t.Context(), "k")
			infos, err2 := store.Sessions(t.Context())
			if err != nil || err2 != nil || string(records[0].Value) != n || len(infos) != 1 || string(infos[0].Description) != n {
				t.Errorf("namespace %q holds %q, %v, and sessions %+v, %v", n, records[0].Value, err, infos, err2)
			}
		}
	})

	t.Run("what is deleted leaves nothing behind", func(t *testing.T) {
		t.Parallel()
		store := client(t, "gone", server.Addr())
		keys := []backends.Key{"m/a", "m", "m/b"}
		var writes []backends.Write
		for _, k := range keys {
			writes = append(writes, backends.Write{Key: k, Expect: storetest.Try(t, store, backends.Write{Key: k}).Revision, Delete: true})
		}
		// The record "m" goes first, while others are still below it.
		for _, w := range []backends.Write{writes[1], writes[0], writes[2]} {
			if r := storetest.Try(t, store, w); r.Outcome != backends.Applied {
				t.Fatalf("delete %q: %v %v", w.Key, r.Outcome, r.Err)
			}
		}
		if r := storetest.Write(t, store, writes...); slices.ContainsFunc(r, func(r backends.Result) bool { return r.Outcome != backends.Conflict }) {
			t.Errorf("deleting again: %+v, want conflicts", r)
		}
		if names, _, err := operator.Children("/gone/records/m"); err != nil || len(names) > 0 {
			t.Errorf("below the last record there is %q, %v", names, err)
		}
		again := storetest.Try(t, store, backends.Write{Key: "m", Value: []byte("v")})
		if r, err := store.Read(t.Context(), "m"); err != nil || again.Outcome != backends.Applied || r[0].Revision != again.Revision {
			t.Errorf("created again: %v, read %+v, %v", again, r, err)
		}
	})

	t.Run("two clients side by side", func(t *testing.T) {
		t.Parallel()
		one, two := client(t, "pair", server.Addr()), client(t, "pair", server.Addr())
		session := storetest.OpenSession(t, one, 30*time.Second)
		if r := storetest.Try(t, two, backends.Write{Key: "k", IfDead: session.ID()}); r.Outcome != backends.Alive {
			t.Errorf("the other client's proof: %v %v, want alive", r.Outcome, r.Err)
		}
		one.Close()
		if _, err := two.Sessions(t.Context()); err != nil {
			t.Errorf("Sessions after the other client was closed: %v", err)
		}
	})

	t.Run("limits of the server", func(t *testing.T) {
		t.Parallel()
		c := client(t, "limits", server.Addr()).Capabilities()
		if c.MinTTL != 200*time.Millisecond || c.MaxTTL != time.Minute {
			t.Errorf("TTLs of %v to %v, want those of the server's configuration", c.MinTTL, c.MaxTTL)
		}
	})
}

// ZooKeeper's own versions are 0 and 1 in each incarnation of a record, so they alone
// would let a write of the first one through.
func TestRevision_DiffersBetweenIncarnations(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	store := client(t, "n", server.Addr())
	var late []backends.Write
	for i := range 3 {
		created := storetest.Try(t, store, backends.Write{Key: "k", Value: []byte("same")})
		changed := storetest.Try(t, store, backends.Write{Key: "k", Value: []byte("same"), Expect: created.Revision})
		if created.Outcome != backends.Applied || changed.Outcome != backends.Applied {
			t.Fatalf("incarnation %d: %v %v, %v %v", i, created.Outcome, created.Err, changed.Outcome, changed.Err)
		}
		for _, w := range late {
			if r := storetest.Try(t, store, w); r.Outcome != backends.Conflict {
				t.Errorf("a late write over %q (delete %v): %v %v, want conflict", w.Expect, w.Delete, r.Outcome, r.Err)
			}
		}
		late = append(late, backends.Write{Key: "k", Expect: changed.Revision}, backends.Write{Key: "k", Expect: changed.Revision, Delete: true})
		if r := storetest.Try(t, store, late[len(late)-1]); r.Outcome != backends.Applied {
			t.Fatalf("delete: %v %v", r.Outcome, r.Err)
		}
	}
}

func TestForeign(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	operator := connect(t, server.Addr())
	acl := zk.WorldACL(zk.PermAll)
	for i, garbage := range []string{"garbage", "T1", "T11234567", "t112345678", "T212345678", "{}", "\x00"} {
		t.Run(fmt.Sprintf("record %q", garbage), func(t *testing.T) {
			t.Parallel()
			namespace := fmt.Sprint("record", i)
			store := client(t, namespace, server.Addr())
			good := storetest.Try(t, store, backends.Write{Key: "d/good"})
			path := "/" + namespace + "/records/d/bad"
			if _, err := operator.Create(path, []byte(garbage), 0, acl); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Read(t.Context(), "d/bad"); !errors.Is(err, backends.ErrForeign) {
				t.Errorf("Read: %v, want ErrForeign", err)
			}
			if _, err := store.List(t.Context(), "d/"); !errors.Is(err, backends.ErrForeign) {
				t.Errorf("List: %v, want ErrForeign", err)
			}
			for _, w := range []backends.Write{{}, {Expect: good.Revision}, {Expect: good.Revision, Delete: true}} {
				w.Key = "d/bad"
				if r := storetest.Try(t, store, w); r.Outcome != backends.Conflict {
					t.Errorf("Write over %q: %v %v, want conflict", w.Expect, r.Outcome, r.Err)
				}
			}
			if data, _, err := operator.Get(path); err != nil || string(data) != garbage {
				t.Errorf("the znode now holds %q, %v", data, err)
			}
			if r, err := store.Read(t.Context(), "d/good"); err != nil || r[0].Revision != good.Revision {
				t.Errorf("Read of a good record beside it: %+v, %v", r, err)
			}
		})
	}

	t.Run("record that lost its incarnation", func(t *testing.T) {
		t.Parallel()
		store := client(t, "half", server.Addr())
		first := storetest.Try(t, store, backends.Write{Key: "k"})
		names, _, err := operator.Children("/half/records/k")
		if err != nil || len(names) != 1 {
			t.Fatalf("children %q, %v", names, err)
		}
		if err := operator.Delete("/half/records/k/"+names[0], -1); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Write(t.Context(), backends.Write{Key: "k", Expect: first.Revision}); !errors.Is(err, backends.ErrForeign) {
			t.Errorf("Write: %v, want ErrForeign and nothing sent", err)
		}
		if r, err := store.Read(t.Context(), "k"); err != nil || r[0].Revision != first.Revision {
			t.Errorf("Read: %+v, %v", r, err)
		}
	})

	t.Run("ephemeral znode among the records", func(t *testing.T) {
		t.Parallel()
		store := client(t, "eph", server.Addr())
		if _, err := operator.Create("/eph/records/e", nil, zk.FlagEphemeral, acl); err != nil {
			t.Fatal(err)
		}
		for _, key := range []backends.Key{"e/k", "e"} {
			if _, err := store.Write(t.Context(), backends.Write{Key: key}); !errors.Is(err, backends.ErrForeign) {
				t.Errorf("Write of %q: %v, want ErrForeign and nothing sent", key, err)
			}
		}
	})

	t.Run("znode among the sessions", func(t *testing.T) {
		t.Parallel()
		store := client(t, "mine", server.Addr())
		id := backends.NewSessionID()
		if _, err := operator.Create("/mine/sessions/"+string(id), []byte("x"), 0, acl); err != nil {
			t.Fatal(err)
		}
		if _, err := operator.Create("/mine/sessions/%zz", nil, 0, acl); err != nil {
			t.Fatal(err)
		}
		// It is no session, but it is there: nothing may be taken from it.
		if infos, err := store.Sessions(t.Context()); err != nil || len(infos) != 1 || infos[0].ID != id {
			t.Errorf("listed %+v, %v; want the one with a valid name", infos, err)
		}
		if r := storetest.Try(t, store, backends.Write{Key: "k", IfDead: id}); r.Outcome != backends.Alive {
			t.Errorf("IfDead: %v %v, want alive", r.Outcome, r.Err)
		}
		if data, _, err := operator.Get("/mine/sessions/" + string(id)); err != nil || string(data) != "x" {
			t.Errorf("the znode now holds %q, %v", data, err)
		}
	})

	t.Run("namespace that was deleted", func(t *testing.T) {
		t.Parallel()
		store := client(t, "wiped", server.Addr())
		session := storetest.OpenSession(t, store, 30*time.Second)
		if err := server.Shell(t.Context(), "deleteall /wiped"); err != nil {
			t.Fatal(err)
		}
		if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
			t.Errorf("Renew: %v, want ErrSessionLost", err)
		}
		if _, err := store.Read(t.Context(), "k"); !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "New creates it again") {
			t.Errorf("Read: %v, want ErrUnavailable that says what to do", err)
		}
		if _, err := zookeeper.New(t.Context(), zookeeper.Options{Servers: []string{server.Addr()}, Namespace: "wiped"}); err != nil {
			t.Error(err)
		}
		if _, err := store.Read(t.Context(), "k"); err != nil {
			t.Errorf("Read after New: %v", err)
		}
	})
}
