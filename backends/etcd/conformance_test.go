package etcd_test

import (
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/etcd"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestConformance(t *testing.T) {
	cluster := etcdtest.Start(t, etcdserver.Options{Nodes: 1})
	operator := connect(t, cluster.Endpoints()...)
	status, err := operator.Status(t.Context(), cluster.Endpoints()[0])
	if err != nil {
		t.Fatal(err)
	}
	backendtest.Run(t, backendtest.Harness{
		Name:    "etcd",
		Version: status.Version,
		TTL:     2 * time.Second,
		Open: func(t backendtest.TB, namespace string) backends.Backend {
			return client(t, namespace, cluster.Endpoints()...)
		},
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			resp, err := operator.Delete(t.Context(), fmt.Sprintf("%s/sessions/%s", namespace, id))
			if err != nil || resp.Deleted != 1 {
				t.Fatalf("delete the key of session %q: %+v, %v", id, resp, err)
			}
		},
		Cut: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			p := storetest.Proxy(t, cluster.Member(0).Endpoint())
			return client(t, namespace, p.Addr()), p.Cut
		},
		Hold: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			p := storetest.Proxy(t, cluster.Member(0).Endpoint())
			return client(t, namespace, p.Addr()), p.CutReplies
		},
	})
}

// client returns a store over a client of its own.
func client(t backendtest.TB, namespace string, endpoints ...string) backends.Backend {
	c, err := clientv3.New(clientv3.Config{Endpoints: endpoints, DialTimeout: 2 * time.Second, Logger: zap.NewNop()})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	store, err := etcd.New(t.Context(), c, namespace)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return store
}
