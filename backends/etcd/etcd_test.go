package etcd_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/etcd"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func connect(t testing.TB, endpoints ...string) *clientv3.Client {
	t.Helper()
	client, err := clientv3.New(clientv3.Config{Endpoints: endpoints, DialTimeout: 2 * time.Second, Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func open(t testing.TB, client *clientv3.Client, prefix string) *etcd.Store {
	t.Helper()
	store, err := etcd.New(t.Context(), client, prefix)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestStore(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	client := connect(t, cluster.Endpoints()...)

	t.Run("batch of 1,000 with mixed results", func(t *testing.T) {
		storetest.MixedBatch(t, open(t, client, "batch"), 1000, 5*time.Second, "1")
	})

	t.Run("big values are split by size", func(t *testing.T) {
		store := open(t, client, "big")
		var writes []backends.Write
		for i := range 5 {
			writes = append(writes, backends.Write{Key: backends.Key(fmt.Sprintf("k%d", i)), Value: make([]byte, store.Capabilities().MaxValueBytes)})
		}
		results, err := store.Write(t.Context(), writes...)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if r.Outcome != backends.Applied {
				t.Errorf("item %d: %v %v", i, r.Outcome, r.Err)
			}
		}
	})

	t.Run("lease revoked by an operator", func(t *testing.T) {
		store := open(t, client, "revoked")
		session := storetest.OpenSession(t, store, 5*time.Second)
		leases, err := client.Leases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range leases.Leases {
			if _, err := client.Revoke(t.Context(), l.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
			t.Errorf("Renew after the lease was revoked: %v, want ErrSessionLost", err)
		}
	})

	t.Run("session key deleted by an operator", func(t *testing.T) {
		store := open(t, client, "deleted")
		session := storetest.OpenSession(t, store, 5*time.Second)
		if _, err := session.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Delete(t.Context(), "deleted/sessions/", clientv3.WithPrefix()); err != nil {
			t.Fatal(err)
		}
		if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
			t.Errorf("Renew after the key was deleted: %v, want ErrSessionLost", err)
		}
	})

	t.Run("silent server ends a watch", func(t *testing.T) {
		store := open(t, client, "silent")
		events, err := store.Watch(t.Context(), time.Second, backends.AllSessions())
		if err != nil {
			t.Fatal(err)
		}
		if e := <-events; e.Kind != backends.Synced {
			t.Fatalf("first event %v", e)
		}
		quiet := time.After(3 * time.Second)
		select {
		case e := <-events:
			t.Fatalf("an idle watch on a server that is there ended: %+v", e)
		case <-quiet:
		}
		if err := cluster.Member(0).Pause(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = cluster.Member(0).Resume() }()
		select {
		case e := <-events:
			if e.Kind != backends.Failed || !errors.Is(e.Err, backends.ErrSilent) {
				t.Errorf("the watch ended with %+v, want ErrSilent", e)
			}
		case <-time.After(5 * time.Second):
			t.Error("the watch of a stopped server goes on")
		}
	})
}

func TestNew_ServerAbsent(t *testing.T) {
	client := connect(t, "127.0.0.1:1")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := etcd.New(ctx, client, ""); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("New without a server: %v, want ErrUnavailable", err)
	}
}

func TestLeaderKilled_SessionSurvives(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 3})
	client := connect(t, cluster.Endpoints()...)
	store := open(t, client, "")
	session := storetest.OpenSession(t, store, 5*time.Second)
	for i, endpoint := range cluster.Endpoints() {
		status, err := client.Status(t.Context(), endpoint)
		if err != nil {
			t.Fatal(err)
		}
		if status.Leader == status.Header.MemberId {
			if err := cluster.Member(i).Kill(); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	storetest.Until(t, 5*time.Second, "a renewal after the leader was killed", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 1600*time.Millisecond)
		defer cancel()
		_, err := session.Renew(ctx)
		return err == nil
	})
}
