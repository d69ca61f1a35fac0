package redisstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/redisstore"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	operator := connect(t, server.Addr())
	h := harness(t, "redis", operator, func(t backendtest.TB, namespace string) backends.Backend {
		return client(t, namespace, server.Addr())
	})
	h.Cut = func(t backendtest.TB, namespace string) (backends.Backend, func()) {
		p := storetest.Proxy(t, server.Addr())
		return client(t, namespace, p.Addr()), p.Cut
	}
	h.Hold = func(t backendtest.TB, namespace string) (backends.Backend, func()) {
		p := storetest.Proxy(t, server.Addr())
		return client(t, namespace, p.Addr()), p.CutReplies
	}
	backendtest.Run(t, h)
}

// The proxy's hooks are missing here: a cluster tells its clients its own address.
func TestConformance_Cluster(t *testing.T) {
	t.Parallel()
	addr, operator := startCluster(t)
	backendtest.Run(t, harness(t, "redis cluster", operator, func(t backendtest.TB, namespace string) backends.Backend {
		c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{addr}, ContextTimeoutEnabled: true, MaxRetries: -1})
		t.Cleanup(func() { _ = c.Close() })
		return open(t, c, namespace)
	}))
}

// startCluster returns a cluster of one server that has all slots, and a client of
// that server.
func startCluster(t *testing.T) (string, *redis.Client) {
	t.Helper()
	server := redistest.Start(t, "--cluster-enabled", "yes")
	operator := connect(t, server.Addr())
	if err := operator.Do(t.Context(), "cluster", "addslotsrange", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	storetest.Until(t, 10*time.Second, "the cluster is up", func() bool {
		info, err := operator.ClusterInfo(t.Context()).Result()
		return err == nil && strings.Contains(info, "cluster_state:ok")
	})
	return server.Addr(), operator
}

func harness(t *testing.T, name string, operator *redis.Client, openIn func(backendtest.TB, string) backends.Backend) backendtest.Harness {
	t.Helper()
	return backendtest.Harness{
		Name:    name,
		Version: version(t, operator),
		TTL:     500 * time.Millisecond,
		Open:    openIn,
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			if n, err := operator.Del(t.Context(), "tenure:{"+namespace+"}:session:"+string(id)).Result(); err != nil || n != 1 {
				t.Fatalf("delete the key of session %q: %d, %v", id, n, err)
			}
		},
	}
}

func version(t *testing.T, operator *redis.Client) string {
	t.Helper()
	info, err := operator.InfoMap(t.Context(), "server").Result()
	if err != nil {
		t.Fatal(err)
	}
	return info["Server"]["redis_version"]
}

// options are those that the store takes.
func options(addr string) *redis.Options {
	return &redis.Options{Addr: addr, MaxRetries: -1, ContextTimeoutEnabled: true}
}

func connect(t backendtest.TB, addr string) *redis.Client {
	c := redis.NewClient(options(addr))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// client returns a store over a client of its own.
func client(t backendtest.TB, namespace, addr string) *redisstore.Store {
	return open(t, connect(t, addr), namespace)
}

func open(t backendtest.TB, c redis.UniversalClient, namespace string) *redisstore.Store {
	t.Helper()
	store, err := redisstore.New(t.Context(), c, namespace)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return store
}
