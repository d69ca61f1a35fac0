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
)

// within returns a context that ends after d.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// newSession opens a session that lives long enough for its test.
func newSession(t testing.TB, store *etcd.Store) backends.Session {
	t.Helper()
	session, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func TestLostReply_IsUnknownAndClosedBySendingAgain(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	p := proxy(t, cluster)
	direct := open(t, connect(t, cluster.Endpoints()...), "unknown")
	store := open(t, connect(t, p.Addr()), "unknown")

	write := backends.Write{Key: "k", Value: []byte("v")}
	if _, err := store.Read(t.Context(), "k"); err != nil { // connects
		t.Fatal(err)
	}
	p.CutReplies()
	results, err := store.Write(within(t, 500*time.Millisecond), write)
	if err != nil || results[0].Outcome != backends.Unknown || !errors.Is(results[0].Err, backends.ErrUnavailable) {
		t.Fatalf("a write whose reply was cut: %+v, %v, want unknown", results, err)
	}
	records, err := direct.Read(t.Context(), "k")
	if err != nil || string(records[0].Value) != "v" {
		t.Fatalf("the server has %+v, %v: the request should have arrived", records, err)
	}
	p.Restore()
	// The connection that was cut may swallow further attempts: they stay unknown.
	until(t, 10*time.Second, "an answer to the same write sent again", func() bool {
		results, err = store.Write(within(t, time.Second), write)
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
	p := proxy(t, cluster)
	operator := connect(t, cluster.Endpoints()...)
	session := newSession(t, open(t, connect(t, p.Addr()), "late"))
	if _, err := session.Renew(t.Context()); err != nil {
		t.Fatal(err) // the stream is kept now
	}
	p.Hold()
	if _, err := session.Renew(within(t, 300*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
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
	if _, err := session.Renew(within(t, 5*time.Second)); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew after the revocation: %v, want ErrSessionLost", err)
	}
}

func TestRenew_AfterARestartOfTheServer(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	store := open(t, connect(t, cluster.Endpoints()...), "restart")
	tried, idle := newSession(t, store), newSession(t, store)
	for _, session := range []backends.Session{tried, idle} {
		if _, err := session.Renew(t.Context()); err != nil { // the stream is kept now
			t.Fatal(err)
		}
	}
	if err := cluster.Member(0).Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := tried.Renew(within(t, 300*time.Millisecond)); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Renew without a server: %v, want ErrUnavailable", err)
	}
	if err := cluster.Member(0).Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, session := range map[string]backends.Session{"tried": tried, "idle": idle} {
		if _, err := session.Renew(within(t, 5*time.Second)); err != nil {
			t.Errorf("the first Renew after the restart, %s during the outage: %v", name, err)
		}
	}
}

func TestRenew_KeyOfAnotherLease(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	operator := connect(t, cluster.Endpoints()...)
	session := newSession(t, open(t, operator, "taken"))
	if _, err := operator.Put(t.Context(), "taken/sessions/"+string(session.ID()), "", clientv3.WithLease(clientv3.NoLease)); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew while the key lives without the lease: %v, want ErrSessionLost", err)
	}
}

func TestNew_OneEndpointSilent(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	p := proxy(t, cluster)
	p.Cut()
	client := connect(t, p.Addr(), cluster.Member(0).Endpoint())
	began := time.Now()
	if _, err := etcd.New(within(t, 8*time.Second), client, ""); err != nil {
		t.Errorf("New with one of two servers: %v", err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("New waited %v for the silent server", took)
	}
}
