package redisstore_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/redisstore"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

// A connection that breaks after the server has applied a write must not make the
// client send it again: the second copy would answer conflict.
func TestLostReply_IsUnknown(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	p := storetest.Proxy(t, server.Addr())
	lostReply(t, p, client(t, "n", p.Addr()), client(t, "n", server.Addr()))
}

func TestLostReply_IsUnknownInACluster(t *testing.T) {
	t.Parallel()
	addr, operator := startCluster(t)
	p := storetest.Proxy(t, addr)
	_, port, err := net.SplitHostPort(p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if err := operator.ConfigSet(t.Context(), "cluster-announce-port", port).Err(); err != nil {
		t.Fatal(err)
	}
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{p.Addr()}, ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { _ = c.Close() })
	lostReply(t, p, open(t, c, "n"), client(t, "n", addr))
}

func lostReply(t *testing.T, p *tcpproxy.Proxy, store, other *redisstore.Store) {
	t.Helper()
	w := backends.Write{Key: "k", Value: []byte("v")}
	storetest.Write(t, store, backends.Write{Key: "before"}) // the script is loaded
	applied := storetest.LoseReply(t, p, store, other, w)[0]
	storetest.Until(t, 5*time.Second, "the same write again conflicts", func() bool {
		results, err := store.Write(t.Context(), w)
		return err == nil && results[0].Outcome == backends.Conflict
	})
	if records, err := other.Read(t.Context(), w.Key); err != nil || records[0].Revision != applied.Revision {
		t.Errorf("the record is now %+v, %v; want %q", records, err, applied.Revision)
	}
}

func TestReplica_IsRefused(t *testing.T) {
	t.Parallel()
	master, other := redistest.Start(t), redistest.Start(t)
	store := client(t, "n", other.Addr())
	session := storetest.OpenSession(t, store, time.Minute)
	host, port, err := net.SplitHostPort(master.Addr())
	if err != nil {
		t.Fatal(err)
	}
	// The server becomes a replica, as an old master does after a failover.
	operator := connect(t, other.Addr())
	if err := operator.ReplicaOf(t.Context(), host, port).Err(); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, 10*time.Second, "the replica is in step", func() bool {
		info, err := operator.Info(t.Context(), "replication").Result()
		return err == nil && strings.Contains(info, "master_link_status:up")
	})
	_, newErr := redisstore.New(t.Context(), operator, "n")
	_, readErr := store.Read(t.Context(), "k")
	_, listErr := store.List(t.Context(), "k/")
	_, sessionsErr := store.Sessions(t.Context())
	_, writeErr := store.Write(t.Context(), backends.Write{Key: "k"})
	_, renewErr := session.Renew(t.Context())
	for what, err := range map[string]error{
		"New": newErr, "Read": readErr, "List": listErr, "Sessions": sessionsErr, "Write": writeErr, "Renew": renewErr,
	} {
		if !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "replica") {
			t.Errorf("%s on a replica: %v, want ErrUnavailable that says so", what, err)
		}
	}
}

// So a master that was cut off from its replicas stops granting renewals.
func TestMinReplicas_StopEverything(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := client(t, "n", server.Addr())
	session := storetest.OpenSession(t, store, time.Minute)
	if err := connect(t, server.Addr()).ConfigSet(t.Context(), "min-replicas-to-write", "1").Err(); err != nil {
		t.Fatal(err)
	}
	_, renewErr := session.Renew(t.Context())
	_, readErr := store.Read(t.Context(), "k")
	_, writeErr := store.Write(t.Context(), backends.Write{Key: "k"})
	for what, err := range map[string]error{"Renew": renewErr, "Read": readErr, "Write": writeErr} {
		if !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "min-replicas-to-write") {
			t.Errorf("%s without replicas: %v, want ErrUnavailable that says what to do", what, err)
		}
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	operator := connect(t, server.Addr())
	store := client(t, "n", server.Addr())
	session := storetest.OpenSession(t, store, time.Minute)
	first := storetest.Try(t, store, backends.Write{Key: "k"})
	if err := operator.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Write(t.Context(), backends.Write{Key: "k", Expect: first.Revision}); !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "maxmemory") {
		t.Errorf("Write on a full server: %v, want ErrUnavailable that says what to do, nothing sent", err)
	}
	if _, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Second}); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("OpenSession on a full server: %v, want ErrUnavailable", err)
	}
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew on a full server: %v", err)
	}
	if r, err := store.Read(t.Context(), "k"); err != nil || r[0].Revision != first.Revision {
		t.Errorf("Read on a full server: %+v, %v", r, err)
	}
	if err := session.Close(t.Context()); err != nil {
		t.Errorf("Close on a full server: %v", err)
	}
	if err := operator.ConfigSet(t.Context(), "maxmemory", "1gb").Err(); err != nil {
		t.Fatal(err)
	}
	for _, policy := range []string{"allkeys-lru", "volatile-ttl"} {
		if err := operator.ConfigSet(t.Context(), "maxmemory-policy", policy).Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := redisstore.New(t.Context(), operator, "n"); !errors.Is(err, backends.ErrUnsupported) || !strings.Contains(err.Error(), policy) {
			t.Errorf("New on a server with %s: %v, want ErrUnsupported", policy, err)
		}
	}
}

func TestServer_StoppedAndStarted(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := client(t, "n", server.Addr())
	session := storetest.OpenSession(t, store, time.Minute)
	first := storetest.Try(t, store, backends.Write{Key: "d/k", Value: []byte("v")})
	events, err := store.Watch(t.Context(), time.Minute, backends.InDir("d/"))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Next(t, events, backends.Synced)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Renew without a server: %v, want ErrUnavailable", err)
	}
	if _, err := store.Write(t.Context(), backends.Write{Key: "d/k", Expect: first.Revision}); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Write without a server: %v, want ErrUnavailable and nothing sent", err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew after a restart: %v", err)
	}
	second := storetest.Try(t, store, backends.Write{Key: "d/k", Expect: first.Revision})
	if second.Outcome != backends.Applied {
		t.Fatalf("a write over the version from before the restart: %v %v", second.Outcome, second.Err)
	}
	if e := storetest.Next(t, events, backends.Put); e.Record.Revision != second.Revision {
		t.Errorf("the watch shows %+v, want revision %q", e.Record, second.Revision)
	}
}

func TestWatch_EndsWhenTheServerIsSilent(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := client(t, "n", server.Addr())
	events, err := store.Watch(t.Context(), time.Second, backends.AllSessions())
	if err != nil {
		t.Fatal(err)
	}
	storetest.Next(t, events, backends.Synced)
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Resume() }()
	if e := storetest.Next(t, events, backends.Failed); !errors.Is(e.Err, backends.ErrSilent) {
		t.Errorf("the watch ended with %v, want ErrSilent", e.Err)
	}
}

// A cancelled call returns at once, although the client library waits on.
func TestCancel_EndsACall(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store := client(t, "n", server.Addr())
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Resume() }()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	begun := time.Now()
	results, err := store.Write(ctx, backends.Write{Key: "k"})
	if err != nil || results[0].Outcome != backends.Unknown {
		t.Errorf("a cancelled write: %v, %v; want unknown", results, err)
	}
	if _, err := store.Write(ctx, backends.Write{Key: "k"}); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("a write after the cancellation: %v, want ErrUnavailable and nothing sent", err)
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("a cancelled write took %v", took)
	}
}
