package etcd_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
)

// counted returns a client that counts the streams of one method that it opens.
func counted(t testing.TB, cluster *etcdserver.Cluster, method string) (*clientv3.Client, *atomic.Int64) {
	t.Helper()
	opened := new(atomic.Int64)
	count := func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, name string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		if strings.HasSuffix(name, "/"+method) {
			opened.Add(1)
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
	client, opened := counted(t, cluster, "LeaseKeepAlive")
	session := newSession(t, open(t, client, ""))
	for range 20 {
		if _, err := session.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("20 renewals opened %d streams, want 1", n)
	}
}

func TestWatches_ShareOneStream(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	client, opened := counted(t, cluster, "Watch")
	store := open(t, client, "")
	for range 10 {
		synced(t, watch(t, store, time.Minute, backends.AllSessions()))
	}
	// A short silence joins while the others have just asked for a sign of life.
	short := synced(t, watch(t, store, time.Second, backends.InDir("d/")))
	mustStay(t, short, 3*time.Second)
	if n := opened.Load(); n != 1 {
		t.Errorf("11 watches opened %d streams, want 1", n)
	}
}
