package redisquorum_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
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
		return client(t, namespace, addrs), func() {
			for _, p := range proxies {
				fault(p)
			}
		}
	}
	return backendtest.Harness{
		Name:    name,
		Version: version(t, operators),
		TTL:     time.Second,
		Open: func(t backendtest.TB, namespace string) backends.Backend {
			return client(t, namespace, f.addrs)
		},
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			for _, o := range operators {
				o.Del(t.Context(), "tenure:{"+namespace+"}:session:"+string(id))
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
		if info, err := o.InfoMap(within(t, time.Second), "server").Result(); err == nil {
			return info["Server"]["redis_version"]
		}
	}
	t.Fatal("no server tells its version")
	return ""
}

// One server dies while the suite runs.
func TestConformance_MinorityKilled(t *testing.T) {
	t.Parallel()
	f := start(t, 3)
	h := f.harness(t, "redis quorum of 3, one killed")
	time.AfterFunc(2*time.Second, func() { _ = f.servers[0].Kill() })
	backendtest.Run(t, h)
}
