package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/internal/testutil/redisserver"
	"github.com/tenure-go/tenure/internal/testutil/stands"
)

// failoverStore is the name of a Redis with a replica and a Sentinel: one that can lose
// writes which it has acknowledged.
const failoverStore = "redis-failover"

// failoverWithin is how long Sentinel may take.
const failoverWithin = 20 * time.Second

// failover is what a failover needs.
type failover struct {
	servers  []*redisserver.Server // master and replica, whichever is which
	sentinel *redisserver.Server
	monitor  *redis.SentinelClient
}

func startFailover(ctx context.Context) (s *store, err error) {
	f := &failover{}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	master, err := redisserver.Start(ctx)
	if err != nil {
		return nil, err
	}
	f.servers = append(f.servers, master)
	host, port, err := net.SplitHostPort(master.Addr())
	if err != nil {
		return nil, err
	}
	replica, err := redisserver.Start(ctx, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0")
	if err != nil {
		return nil, err
	}
	f.servers = append(f.servers, replica)
	if f.sentinel, err = redisserver.StartSentinel(ctx, master); err != nil {
		return nil, err
	}
	f.monitor = redis.NewSentinelClient(&redis.Options{Addr: f.sentinel.Addr()})
	address := fmt.Sprintf("redis://%s/0?master_name=%s", f.sentinel.Addr(), redisserver.SentinelMaster)
	s = &store{name: failoverStore, address: address, failover: f, close: f.close}
	for _, server := range f.servers {
		s.servers = append(s.servers, stands.Server(server))
	}
	return s, f.until(ctx, func() bool {
		replicas, err := f.monitor.Replicas(ctx, redisserver.SentinelMaster).Result()
		return err == nil && len(replicas) == 1
	})
}

// do lets the replica stand still for the time, so that it misses writes which the master
// acknowledges; then the master dies and the replica takes its place.
func (f *failover) do(ctx context.Context, wait func() error) error {
	old := 0
	if f.leads(ctx, 1) {
		old = 1
	}
	master, replica := f.servers[old], f.servers[1-old]
	if err := replica.Pause(); err != nil {
		return err
	}
	err := errors.Join(wait(), master.Kill(), replica.Resume())
	if err != nil {
		return err
	}
	err = f.until(ctx, func() bool { return f.leads(ctx, 1-old) })
	// Sentinel makes it a replica when it is back.
	return errors.Join(err, master.Restart(ctx))
}

// leads reports whether Sentinel says that the server is the master.
func (f *failover) leads(ctx context.Context, i int) bool {
	at, err := f.monitor.GetMasterAddrByName(ctx, redisserver.SentinelMaster).Result()
	return err == nil && len(at) == 2 && net.JoinHostPort(at[0], at[1]) == f.servers[i].Addr()
}

func (f *failover) until(ctx context.Context, ready func() bool) error {
	for end := time.Now().Add(failoverWithin); !ready(); {
		if time.Now().After(end) {
			return fmt.Errorf("after %v the Sentinel is not ready", failoverWithin)
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
	return nil
}

func (f *failover) close() error {
	var errs []error
	if f.monitor != nil {
		errs = append(errs, f.monitor.Close())
	}
	if f.sentinel != nil {
		errs = append(errs, f.sentinel.Close())
	}
	for _, server := range f.servers {
		errs = append(errs, server.Close())
	}
	return errors.Join(errs...)
}
