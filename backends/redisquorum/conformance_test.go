package redisquorum_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	backendtest.Run(t, f.harness(t, "redis quorum of 3"))
}

func (f *fleet) harness(t *testing.T, name string) backendtest.Harness {
	t.Helper()
	operators := connect(t, f.addrs)
	behind := func(t backendtest.TB, namespace string, fault func(*tcpproxy.Proxy)) (backends.Backend, func()) {
		proxies, addrs := f.proxies(t)
		return client(t, f.name(t, namespace), addrs), func() {
			for _, p := range proxies {
				fault(p)
			}
		}
	}
	return backendtest.Harness{
		Name:    name,
		Version: version(t, operators),
		TTL:     2 * time.Second,
		Open: func(t backendtest.TB, namespace string) backends.Backend {
			return client(t, f.name(t, namespace), f.addrs)
		},
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			for _, o := range operators {
				o.Del(storetest.Within(t, time.Second), "tenure:{"+f.name(t, namespace)+"}:session:"+string(id))
			}
		},
		Cut: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			return behind(t, namespace, (*tcpproxy.Proxy).Cut)
		},
		Hold: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			return behind(t, namespace, (*tcpproxy.Proxy).CutReplies)
		},
	}
}

// version asks the servers for theirs: one that answers is enough.
func version(t *testing.T, operators []*redis.Client) string {
	t.Helper()
	for _, o := range operators {
		if info, err := o.InfoMap(storetest.Within(t, time.Second), "server").Result(); err == nil {
			return info["Server"]["redis_version"]
		}
	}
	t.Fatal("no server tells its version")
	return ""
}

// One server dies while the suite runs, and is not there for the rest of it.
func TestConformance_OneOfThreeKilled(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	f.reserve(t, 64)
	h := f.harness(t, "redis quorum of 3, one killed")
	time.AfterFunc(2*time.Second, func() { _ = f.servers[0].Kill() })
	backendtest.Run(t, h)
}

func TestConformance_TwoOfFivePaused(t *testing.T) {
	t.Parallel()
	f := start(t, 5)
	f.reserve(t, 64)
	h := f.harness(t, "redis quorum of 5, two paused")
	for _, s := range f.servers[1:3] {
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
	}
	backendtest.Run(t, h)
}

// reserve sets namespaces up while all servers are there. Each namespace that the suite
// asks for takes one of them.
func (f *fleet) reserve(t *testing.T, n int) {
	t.Helper()
	f.names = map[string]string{}
	for i := range n {
		f.reserved = append(f.reserved, fmt.Sprint("reserved-", i))
		client(t, f.reserved[i], f.addrs)
	}
}

// name is the namespace that stands for another one.
func (f *fleet) name(t backendtest.TB, namespace string) string {
	if f.names == nil {
		return namespace
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.names[namespace] == "" {
		if len(f.reserved) == 0 {
			t.Fatalf("more namespaces are needed than were reserved")
		}
		f.names[namespace], f.reserved = f.reserved[0], f.reserved[1:]
	}
	return f.names[namespace]
}
