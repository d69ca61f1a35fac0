package zookeeper_test

import (
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/zookeeper"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance(t, "zookeeper", zookeepertest.Start(t))
}

// The clients of one namespace are on servers of their own choice, so they meet followers
// that lag and sessions that move.
func TestConformance_Ensemble(t *testing.T) {
	t.Parallel()
	conformance(t, "zookeeper ensemble", zookeepertest.StartEnsemble(t, 3).Servers...)
}

func conformance(t *testing.T, name string, servers ...*zookeeperserver.Server) {
	t.Helper()
	status, err := servers[0].Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var addrs []string
	for _, s := range servers {
		addrs = append(addrs, s.Addr())
	}
	operator := connect(t, addrs[0])
	h := backendtest.Harness{
		Name: name, Version: status.Version, TTL: 2 * time.Second,
		Open: func(t backendtest.TB, namespace string) backends.Backend { return client(t, namespace, addrs...) },
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			if err := operator.Delete("/"+namespace+"/sessions/"+string(id), -1); err != nil {
				t.Fatalf("delete the znode of session %q: %v", id, err)
			}
		},
		Cut: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			p := storetest.Proxy(t, addrs[0])
			return client(t, namespace, p.Addr()), p.Cut
		},
		Hold: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			p := storetest.Proxy(t, addrs[0])
			return client(t, namespace, p.Addr()), p.CutReplies
		},
	}
	backendtest.Run(t, h)
}

// client returns a store with connections of its own.
func client(t backendtest.TB, namespace string, addrs ...string) *zookeeper.Store {
	t.Helper()
	return open(t, zookeeper.Options{Servers: addrs, Namespace: namespace})
}

func open(t backendtest.TB, o zookeeper.Options) *zookeeper.Store {
	t.Helper()
	store, err := zookeeper.New(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(store.Close)
	return store
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

// connect returns the client library's own connection, as an operator's.
func connect(t backendtest.TB, addr string) *zk.Conn {
	t.Helper()
	c, _, err := zk.Connect([]string{addr}, 30*time.Second, zk.WithLogger(quiet{}))
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}
