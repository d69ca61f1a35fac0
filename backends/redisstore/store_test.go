package redisstore_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/redisstore"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	operator := connect(t, server.Addr())

	t.Run("batch of 1,000 with mixed results", func(t *testing.T) {
		t.Parallel()
		if n := storetest.MixedBatch(t, client(t, "batch", server.Addr()), 1000, 30*time.Second, "1-a"); n != 701 {
			t.Errorf("%d revisions of 701 records", n)
		}
	})

	t.Run("big values are split by size", func(t *testing.T) {
		t.Parallel()
		store := client(t, "big", server.Addr())
		var writes []backends.Write
		var keys []backends.Key
		for i := range 7 {
			keys = append(keys, backends.Key(fmt.Sprintf("d/%d", i)))
			writes = append(writes, backends.Write{Key: keys[i], Value: make([]byte, store.Capabilities().MaxValueBytes)})
		}
		for i, r := range storetest.Write(t, store, writes...) {
			if r.Outcome != backends.Applied {
				t.Errorf("item %d: %v %v", i, r.Outcome, r.Err)
			}
		}
		read, err := store.Read(t.Context(), keys...)
		listed, err2 := store.List(t.Context(), "d/")
		if err != nil || err2 != nil || len(listed) != len(keys) {
			t.Fatalf("read: %v; listed %d, %v; want %d", err, len(listed), err2, len(keys))
		}
		for i := range keys {
			if len(read[i].Value) != len(writes[i].Value) || listed[i].Key != keys[i] || len(listed[i].Value) != len(writes[i].Value) {
				t.Errorf("%s: read %d bytes, listed %s with %d", keys[i], len(read[i].Value), listed[i].Key, len(listed[i].Value))
			}
		}
	})

	t.Run("sessions beyond one page", func(t *testing.T) {
		t.Parallel()
		store := client(t, "pages", server.Addr())
		const count = 501
		for range count {
			storetest.OpenSession(t, store, time.Minute)
		}
		infos, err := store.Sessions(t.Context())
		if err != nil || len(infos) != count {
			t.Errorf("listed %d sessions, %v; want %d", len(infos), err, count)
		}
	})

	t.Run("namespaces do not meet, hostile ones included", func(t *testing.T) {
		t.Parallel()
		namespaces := []string{"n", "N", "n:records", "{n}", "n}", "n}:x{", "*", "n*", "[n]", " n", "n\n", "\x00", "n/a", "ä", "\xff"}
		for _, n := range namespaces {
			store := client(t, n, server.Addr())
			if r := storetest.Write(t, store, backends.Write{Key: "k", Value: []byte(n)}); r[0].Outcome != backends.Applied {
				t.Errorf("create in namespace %q: %v %v; does it meet another?", n, r[0].Outcome, r[0].Err)
			}
			storetest.OpenSession(t, store, time.Minute)
		}
		for _, n := range namespaces {
			store := client(t, n, server.Addr())
			records, err := store.Read(t.Context(), "k")
			infos, err2 := store.Sessions(t.Context())
			if err != nil || err2 != nil || string(records[0].Value) != n || len(infos) != 1 {
				t.Errorf("namespace %q holds %q, %v, and %d sessions, %v", n, records[0].Value, err, len(infos), err2)
			}
		}
		for _, key := range scan(t, operator) {
			if strings.Count(key, "{") != 1 || strings.Count(key, "}") != 1 {
				t.Errorf("key %q: want one hash tag", key)
			}
		}
	})

	t.Run("scripts that the server forgot are loaded again", func(t *testing.T) {
		t.Parallel()
		store := client(t, "flush", server.Addr())
		session := storetest.OpenSession(t, store, time.Minute)
		if err := operator.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := session.Renew(t.Context()); err != nil {
			t.Errorf("Renew after SCRIPT FLUSH: %v", err)
		}
		if r := storetest.Write(t, store, backends.Write{Key: "k"}); r[0].Outcome != backends.Applied {
			t.Errorf("Write after SCRIPT FLUSH: %v %v", r[0].Outcome, r[0].Err)
		}
	})

	t.Run("stamp is the server's time", func(t *testing.T) {
		t.Parallel()
		store := client(t, "stamp", server.Addr())
		before, err := operator.Time(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		_, renewal, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Second})
		after, err2 := operator.Time(t.Context()).Result()
		if err != nil || err2 != nil || renewal.Stamp < uint64(before.UnixMicro()) || renewal.Stamp > uint64(after.UnixMicro()) {
			t.Errorf("stamp %d, %v; the server's time was %d to %d, %v", renewal.Stamp, err, before.UnixMicro(), after.UnixMicro(), err2)
		}
	})

	t.Run("what expired leaves nothing behind", func(t *testing.T) {
		t.Parallel()
		store := client(t, "garbage", server.Addr())
		storetest.OpenSession(t, store, 100*time.Millisecond)
		proven := storetest.OpenSession(t, store, 100*time.Millisecond)
		storetest.Until(t, 5*time.Second, "a proof", func() bool {
			return storetest.Try(t, store, backends.Write{Key: "k", IfDead: proven.ID()}).Outcome != backends.Alive
		})
		storetest.Until(t, 5*time.Second, "no session is listed", func() bool {
			infos, err := store.Sessions(t.Context())
			return err == nil && len(infos) == 0
		})
		if n, err := operator.Exists(t.Context(), "tenure:{garbage}:sessions").Result(); err != nil || n != 0 {
			t.Errorf("the set of sessions still exists: %d, %v", n, err)
		}
	})
}

// A master that dies after it acknowledged leaves a replica that never heard of it.
func TestRevision_DiffersAfterALostWrite(t *testing.T) {
	t.Parallel()
	master, replica := redistest.Start(t), redistest.Start(t)
	first := storetest.Try(t, client(t, "n", master.Addr()), backends.Write{Key: "k", Value: []byte("lost")})
	second := storetest.Try(t, client(t, "n", replica.Addr()), backends.Write{Key: "k", Value: []byte("kept")})
	if first.Revision == second.Revision {
		t.Fatalf("two versions have the revision %q", first.Revision)
	}
	r := storetest.Try(t, client(t, "n", replica.Addr()), backends.Write{Key: "k", Expect: first.Revision})
	if r.Outcome != backends.Conflict {
		t.Errorf("a write over the lost version: %v %v, want conflict", r.Outcome, r.Err)
	}
}

func TestNew_RefusesSettings(t *testing.T) {
	t.Parallel()
	single := func(change func(*redis.Options)) redis.UniversalClient {
		o := options("127.0.0.1:1")
		change(o)
		return redis.NewClient(o)
	}
	cluster := func(change func(*redis.ClusterOptions)) redis.UniversalClient {
		o := &redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, MaxRetries: -1, ContextTimeoutEnabled: true}
		change(o)
		return redis.NewClusterClient(o)
	}
	for _, test := range []struct {
		client redis.UniversalClient
		kind   error
		want   string
	}{
		{nil, backends.ErrInvalid, "nil"},
		{(*redis.Client)(nil), backends.ErrInvalid, "nil"},
		{(*redis.ClusterClient)(nil), backends.ErrInvalid, "nil"},
		{redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": "127.0.0.1:1"}}), backends.ErrUnsupported, "Ring"},
		{single(func(o *redis.Options) { o.MaxRetries = 0 }), backends.ErrInvalid, "MaxRetries"},
		{single(func(o *redis.Options) { o.MaxRetries = 1 }), backends.ErrInvalid, "MaxRetries"},
		{single(func(o *redis.Options) { o.ContextTimeoutEnabled = false }), backends.ErrInvalid, "ContextTimeoutEnabled"},
		{single(func(o *redis.Options) { o.ReadTimeout = -1 }), backends.ErrInvalid, "ReadTimeout"},
		{single(func(o *redis.Options) { o.ReadTimeout = -2 }), backends.ErrInvalid, "ReadTimeout"},
		{cluster(func(o *redis.ClusterOptions) { o.MaxRetries = 2 }), backends.ErrInvalid, "MaxRetries"},
		{cluster(func(o *redis.ClusterOptions) { o.ContextTimeoutEnabled = false }), backends.ErrInvalid, "ContextTimeoutEnabled"},
		{cluster(func(o *redis.ClusterOptions) { o.ReadTimeout = -1 }), backends.ErrInvalid, "ReadTimeout"},
		{cluster(func(o *redis.ClusterOptions) { o.ReadOnly = true }), backends.ErrInvalid, "ReadOnly"},
		{cluster(func(o *redis.ClusterOptions) { o.RouteByLatency = true }), backends.ErrInvalid, "RouteByLatency"},
		{cluster(func(o *redis.ClusterOptions) { o.RouteRandomly = true }), backends.ErrInvalid, "RouteRandomly"},
	} {
		_, err := redisstore.New(t.Context(), test.client, "n")
		if !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%T: %v, want %v with %q", test.client, err, test.kind, test.want)
		}
	}
	_, err := redisstore.New(t.Context(), connect(t, "127.0.0.1:1"), strings.Repeat("n", redisstore.MaxNamespaceBytes+1))
	if !errors.Is(err, backends.ErrInvalid) || !strings.Contains(err.Error(), "256") {
		t.Errorf("a namespace that is too long: %v, want ErrInvalid", err)
	}
	if _, err := redisstore.New(t.Context(), connect(t, "127.0.0.1:1"), ""); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("New without a server: %v, want ErrUnavailable", err)
	}
}

func scan(t *testing.T, operator *redis.Client) []string {
	t.Helper()
	keys, err := operator.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	return keys
}
