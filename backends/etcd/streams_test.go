package etcd_test

import (
	"context"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// observed returns a client that passes on the context of each stream of one method
// that it opens.
func observed(t testing.TB, cluster *etcdserver.Cluster, method string) (*clientv3.Client, <-chan context.Context) {
	t.Helper()
	opened := make(chan context.Context, 100)
	count := func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, name string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		if strings.HasSuffix(name, "/"+method) {
			opened <- ctx
		}
		return streamer(ctx, desc, cc, name, opts...)
	}
	client, err := clientv3.New(clientv3.Config{
		Endpoints: cluster.Endpoints(), Logger: zap.NewNop(), DialOptions: []grpc.DialOption{grpc.WithChainStreamInterceptor(count)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client, opened
}

func TestRenew_KeepsItsStream(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	client, opened := observed(t, cluster, "LeaseKeepAlive")
	session := storetest.OpenSession(t, open(t, client, ""), 10*time.Second)
	for range 20 {
		if _, err := session.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(opened); n != 1 {
		t.Errorf("20 renewals opened %d streams, want 1", n)
	}
}

func TestWatches_ShareOneStream(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	client, opened := observed(t, cluster, "Watch")
	store := open(t, client, "")
	for range 10 {
		synced(t, watch(t, store, time.Minute, backends.AllSessions()))
	}
	// A short silence joins while the others have just asked for a sign of life.
	short := synced(t, watch(t, store, time.Second, backends.InDir("d/")))
	mustStay(t, short, 3*time.Second)
	if n := len(opened); n != 1 {
		t.Errorf("11 watches opened %d streams, want 1", n)
	}
}

func TestRenew_LeavesNoStreamBehind(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	client, opened := observed(t, cluster, "LeaseKeepAlive")
	store := open(t, client, "")
	for name, end := range map[string]func(backends.Session) error{
		"closed":         func(s backends.Session) error { return s.Close(t.Context()) },
		"left to expire": func(backends.Session) error { return nil },
	} {
		session := storetest.OpenSession(t, store, 2*time.Second)
		if _, err := session.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		stream := <-opened
		if stream.Err() != nil {
			t.Errorf("%s: the stream ended with its renewal", name)
		}
		if err := end(session); err != nil {
			t.Fatal(err)
		}
		select {
		case <-stream.Done():
		case <-time.After(5 * time.Second):
			t.Errorf("%s: the stream of the session goes on", name)
		}
	}
}
