package rig

import (
	"context"
	"fmt"
	"slices"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/stands"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
)

// cluster is the name of an etcd of three members, besides the names in package stands.
const cluster = "etcd3"

// store is a store to be tortured, with its servers if they were started here.
type store struct {
	name, address string
	servers       []stands.Server
	forgets       string    // why servers must not end, "" if they may
	endpoints     []string  // of a cluster that has a leader
	clock         *clock    // of servers whose wall clock can be stepped, else nil
	failover      *failover // of a store that can fail over, else nil
	close         func() error
}

// loopback is where workers reach the store unless they are in a network namespace.
const loopback = "127.0.0.1"

// path returns a network path to the store for a worker that reaches this machine at the
// host, or why there is none.
func (s *store) path(host string) (*stands.Path, error) {
	if s.failover != nil {
		return nil, fmt.Errorf("%s tells its clients other addresses", failoverStore)
	}
	return stands.NewPathOn(host, s.address)
}

// openStore starts the servers of a store by its name, or takes its address. The folder
// may get files.
func openStore(ctx context.Context, backend, dir string, c nemesis.Case) (*store, error) {
	switch {
	case strings.HasPrefix(backend, "memory"):
		return nil, fmt.Errorf("the store %q lives in one process: workers are several", backend)
	case strings.Contains(backend, ":"):
		name, _, _ := strings.Cut(backend, ":")
		return &store{name: name, address: backend, close: func() error { return nil }}, nil
	case backend == cluster:
		return startCluster(ctx)
	case backend == failoverStore:
		return startFailover(ctx)
	}
	clock, err := newClock(dir, backend, c)
	if err != nil {
		return nil, err
	}
	var s *stands.Stand
	if err := clock.start(func() error { s, err = stands.Start(ctx, backend); return err }); err != nil {
		return nil, fmt.Errorf("%w; torture also knows %s, %s and addresses", err, cluster, failoverStore)
	}
	return &store{name: backend, address: s.Address, servers: s.Servers, forgets: s.Forgets, clock: clock, close: s.Close}, nil
}

func startCluster(ctx context.Context) (*store, error) {
	c, err := etcdserver.Start(ctx, etcdserver.Options{Nodes: 3})
	if err != nil {
		return nil, err
	}
	s := &store{name: cluster, address: "etcd://" + strings.Join(c.Endpoints(), ","), endpoints: c.Endpoints(), close: c.Close}
	for _, m := range c.Members() {
		s.servers = append(s.servers, m)
	}
	return s, nil
}

// leader returns which server leads the cluster.
func (s *store) leader(ctx context.Context) (int, error) {
	client, err := clientv3.New(clientv3.Config{Endpoints: s.endpoints})
	if err != nil {
		return 0, err
	}
	defer func() { _ = client.Close() }()
	for i, endpoint := range s.endpoints {
		if status, err := client.Status(ctx, endpoint); err == nil && status.Leader == status.Header.MemberId {
			return i, nil
		}
	}
	return 0, fmt.Errorf("none of %v says that it leads", s.endpoints)
}

// up starts what does not run.
func (s *store) up(ctx context.Context) {
	done := make(chan struct{})
	for _, server := range s.servers { // at once: alone, one of a majority does not answer
		go func() {
			if p, ok := server.(pauser); ok {
				_ = p.Resume() // fails for one that does not run
			}
			_ = server.Restart(ctx) // refuses for one that runs
			done <- struct{}{}
		}()
	}
	for range s.servers {
		<-done
	}
}

// pauser is a server that can be stopped and resumed by signals.
type pauser interface {
	Pause() error
	Resume() error
}

func (s *store) pauses() bool {
	return len(s.servers) > 0 && !slices.ContainsFunc(s.servers, func(server stands.Server) bool {
		_, ok := server.(pauser)
		return !ok
	})
}
