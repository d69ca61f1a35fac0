package etcd_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/etcd"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestLostReply_IsUnknownAndClosedBySendingAgain(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	p := storetest.Proxy(t, cluster.Member(0).Endpoint())
	direct := open(t, connect(t, cluster.Endpoints()...), "unknown")
	store := open(t, connect(t, p.Addr()), "unknown")

	write := backends.Write{Key: "k", Value: []byte("v")}
	if _, err := store.Read(t.Context(), "k"); err != nil { // connects
		t.Fatal(err)
	}
	p.CutReplies()
	results, err := store.Write(storetest.Within(t, 500*time.Millisecond), write)
	if err != nil || results[0].Outcome != backends.Unknown || !errors.Is(results[0].Err, backends.ErrUnavailable) {
		t.Fatalf("a write whose reply was cut: %+v, %v, want unknown", results, err)
	}
	records, err := direct.Read(t.Context(), "k")
	if err != nil || string(records[0].Value) != "v" {
		t.Fatalf("the server has %+v, %v: the request should have arrived", records, err)
	}
	p.Restore()
	// The connection that was cut may swallow further attempts: they stay unknown.
	storetest.Until(t, 10*time.Second, "an answer to the same write sent again", func() bool {
		results, err = store.Write(storetest.Within(t, time.Second), write)
		return err != nil || results[0].Outcome != backends.Unknown
	})
	if err != nil || results[0].Outcome != backends.Conflict {
		t.Errorf("the same write sent again: %+v, %v, want conflict", results, err)
	}
}

func TestWrite_NotSentAfterTheContextIsDone(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	store := open(t, connect(t, cluster.Endpoints()...), "late")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	writes := make([]backends.Write, 1000)
	for i := range writes {
		writes[i].Key = backends.Key(fmt.Sprint(i))
	}
	for _, n := range []int{1, len(writes)} {
		if results, err := store.Write(ctx, writes[:n]...); !errors.Is(err, context.Canceled) || !errors.Is(err, backends.ErrUnavailable) {
			t.Errorf("%d writes: %v, %v, want an error, as nothing was sent", n, results, err)
		}
	}
}

func TestRenew_TakesNoLateReply(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	p := storetest.Proxy(t, cluster.Member(0).Endpoint())
	operator := connect(t, cluster.Endpoints()...)
	session := storetest.OpenSession(t, open(t, connect(t, p.Addr()), "late"), 10*time.Second)
	if _, err := session.Renew(t.Context()); err != nil {
		t.Fatal(err) // the stream is kept now
	}
	p.Hold()
	if _, err := session.Renew(storetest.Within(t, 300*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Renew without a reply: %v", err)
	}
	leases, err := operator.Leases(t.Context())
	if err != nil || len(leases.Leases) != 1 {
		t.Fatalf("leases %+v, %v", leases, err)
	}
	if _, err := operator.Revoke(t.Context(), leases.Leases[0].ID); err != nil {
		t.Fatal(err)
	}
	p.Release() // the reply to the renewal before the revocation arrives
	if _, err := session.Renew(storetest.Within(t, 5*time.Second)); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew after the revocation: %v, want ErrSessionLost", err)
	}
}

func TestRenew_AfterARestartOfTheServer(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	store := open(t, connect(t, cluster.Endpoints()...), "restart")
	tried, idle := storetest.OpenSession(t, store, 10*time.Second), storetest.OpenSession(t, store, 10*time.Second)
	for _, session := range []backends.Session{tried, idle} {
		if _, err := session.Renew(t.Context()); err != nil { // the stream is kept now
			t.Fatal(err)
		}
	}
	if err := cluster.Member(0).Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := tried.Renew(storetest.Within(t, 300*time.Millisecond)); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Renew without a server: %v, want ErrUnavailable", err)
	}
	if err := cluster.Member(0).Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, session := range map[string]backends.Session{"tried": tried, "idle": idle} {
		if _, err := session.Renew(storetest.Within(t, 5*time.Second)); err != nil {
			t.Errorf("the first Renew after the restart, %s during the outage: %v", name, err)
		}
	}
}

func TestRenew_KeyOfAnotherLease(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	operator := connect(t, cluster.Endpoints()...)
	session := storetest.OpenSession(t, open(t, operator, "taken"), 10*time.Second)
	if _, err := operator.Put(t.Context(), "taken/sessions/"+string(session.ID()), "", clientv3.WithLease(clientv3.NoLease)); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew while the key lives without the lease: %v, want ErrSessionLost", err)
	}
}

func TestNew_OneEndpointSilent(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	p := storetest.Proxy(t, cluster.Member(0).Endpoint())
	p.Cut()
	client := connect(t, p.Addr(), cluster.Member(0).Endpoint())
	began := time.Now()
	if _, err := etcd.New(storetest.Within(t, 8*time.Second), client, ""); err != nil {
		t.Errorf("New with one of two servers: %v", err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("New waited %v for the silent server", took)
	}
}
