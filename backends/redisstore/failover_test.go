package redisstore_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// What was replicated before the master died is there after Sentinel's failover, and
// the store goes on over the same client.
func TestSentinel_FailsOver(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t)
	host, port, err := net.SplitHostPort(master.Addr())
	if err != nil {
		t.Fatal(err)
	}
	replica := redistest.Start(t, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0")
	sentinel := redistest.StartSentinel(t, master)
	monitor := redis.NewSentinelClient(options(sentinel.Addr()))
	t.Cleanup(func() { _ = monitor.Close() })
	storetest.Until(t, 20*time.Second, "Sentinel knows the replica", func() bool {
		replicas, err := monitor.Replicas(t.Context(), redisserver.SentinelMaster).Result()
		return err == nil && len(replicas) == 1
	})

	c := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: redisserver.SentinelMaster, SentinelAddrs: []string{sentinel.Addr()}, MaxRetries: -1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { _ = c.Close() })
	store := open(t, c, "n")
	session, opened, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	first := storetest.Try(t, store, backends.Write{Key: "k", Value: []byte("v")})
	operator := connect(t, replica.Addr())
	storetest.Until(t, 20*time.Second, "the replica has the write", func() bool {
		value, err := operator.HGet(t.Context(), "tenure:{n}:records", "k").Result()
		return err == nil && strings.HasPrefix(value, string(first.Revision))
	})
	if err := master.Kill(); err != nil {
		t.Fatal(err)
	}
	var renewed backends.Renewal
	storetest.Until(t, 30*time.Second, "a renewal after the failover", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		var err error
		renewed, err = session.Renew(ctx)
		return err == nil
	})
	if renewed.Stamp <= opened.Stamp {
		t.Errorf("the stamp went from %d to %d", opened.Stamp, renewed.Stamp)
	}
	second := storetest.Try(t, store, backends.Write{Key: "k", Expect: first.Revision})
	if second.Outcome != backends.Applied || second.Revision == first.Revision {
		t.Errorf("a write over the replicated version: %+v", second)
	}
	if r := storetest.Try(t, store, backends.Write{Key: "k2", IfDead: session.ID()}); r.Outcome != backends.Alive {
		t.Errorf("a write with IfDead of the session: %v %v, want alive", r.Outcome, r.Err)
	}
}
