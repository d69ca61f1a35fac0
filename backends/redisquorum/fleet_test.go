package redisquorum_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/redisquorum"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

// fleet is the independent servers of a test.
type fleet struct {
	servers []*redisserver.Server
	addrs   []string

	mu       sync.Mutex        // guards what follows
	names    map[string]string // the reserved namespaces by those that they stand for
	reserved []string
}

func start(t *testing.T, n int, args ...string) *fleet {
	t.Helper()
	f := &fleet{}
	for range n {
		s := redistest.Start(t, args...)
		f.servers, f.addrs = append(f.servers, s), append(f.addrs, s.Addr())
	}
	return f
}

// proxies puts a proxy before each server.
func (f *fleet) proxies(t backendtest.TB) ([]*tcpproxy.Proxy, []string) {
	t.Helper()
	var all []*tcpproxy.Proxy
	var addrs []string
	for _, addr := range f.addrs {
		p, err := tcpproxy.Start(addr)
		if err != nil {
			t.Fatalf("start a proxy: %v", err)
		}
		t.Cleanup(func() { _ = p.Close() })
		all, addrs = append(all, p), append(addrs, p.Addr())
	}
	return all, addrs
}

// options are those that the store takes.
func options(addr string) *redis.Options {
	return &redis.Options{Addr: addr, MaxRetries: -1, ContextTimeoutEnabled: true, DialerRetries: 1}
}

func connect(t backendtest.TB, addrs []string) []*redis.Client {
	var clients []*redis.Client
	for _, addr := range addrs {
		c := redis.NewClient(options(addr))
		t.Cleanup(func() { _ = c.Close() })
		clients = append(clients, c)
	}
	return clients
}

// silence keeps the client library from logging what every one of these tests causes.
type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	redis.SetLogger(silence{})
	os.Exit(m.Run())
}

// client returns a store over clients of its own; the namespace is set up if need be.
func client(t backendtest.TB, namespace string, addrs []string) *redisquorum.Store {
	t.Helper()
	clients := connect(t, addrs)
	if err := redisquorum.Create(t.Context(), clients, namespace); err != nil {
		t.Fatalf("create: %v", err)
	}
	store, err := redisquorum.New(t.Context(), clients, namespace)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return store
}

func try(t testing.TB, store *redisquorum.Store, w backends.Write) backends.Result {
	t.Helper()
	results, err := store.Write(storetest.Within(t, 20*time.Second), w)
	if err != nil {
		return backends.Result{Err: err}
	}
	return results[0]
}

func read(t testing.TB, store *redisquorum.Store, key backends.Key) backends.Record {
	t.Helper()
	records, err := store.Read(storetest.Within(t, 20*time.Second), key)
	if err != nil {
		t.Fatalf("read %q: %v", key, err)
	}
	return records[0]
}
