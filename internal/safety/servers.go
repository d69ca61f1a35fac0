package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/membership/claim"
)

const (
	leaderTTL  = 5 * time.Second
	leaderWait = 10 * time.Second
	restartTTL = 3 * time.Second
)

// leaderExperiment kills the leader of three servers: nobody may lose a claim
// for it.
func leaderExperiment(ctx context.Context, nodes int) *verdict {
	v := &verdict{name: fmt.Sprintf("leader: the leader of three servers is killed, TTL %v", leaderTTL)}
	if err := killLeader(ctx, v, nodes); err != nil {
		v.fault("%v", err)
	}
	return v
}

func killLeader(ctx context.Context, v *verdict, nodes int) error {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	cluster, err := etcdserver.Start(ctx, etcdserver.Options{Nodes: 3})
	if err != nil {
		return err
	}
	defer func() { _ = cluster.Close() }()
	leaders, err := leadMany(ctx, cluster.Endpoints(), nodes, leaderTTL)
	defer closeAll(leaders)
	if err != nil {
		return err
	}
	member, err := leaderOf(ctx, leaders[0].client, cluster)
	if err != nil {
		return err
	}
	if err := member.Kill(); err != nil {
		return err
	}
	if err := pause(ctx, leaderWait); err != nil {
		return err
	}
	kept := 0
	for i, l := range leaders {
		if err := l.term.Check(); err != nil {
			v.fault("node %d lost its claim: %v", i, err)
			continue
		}
		kept++
	}
	v.line("%d of %d nodes hold their claims %v after the kill", kept, nodes, leaderWait)
	return nil
}

// leadMany makes n nodes with a client each lead an election each.
func leadMany(ctx context.Context, endpoints []string, n int, ttl time.Duration) ([]*leader, error) {
	leaders, errs := make([]*leader, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			client, err := dial(cutDial, endpoints...)
			if err == nil {
				leaders[i], err = lead(ctx, client, "many", fmt.Sprintf("node-%d", i), fmt.Sprintf("job-%d", i), ttl)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	return leaders, errors.Join(errs...)
}

func closeAll(leaders []*leader) {
	var wg sync.WaitGroup
	for _, l := range leaders {
		if l != nil {
			wg.Go(l.close)
		}
	}
	wg.Wait()
}

func leaderOf(ctx context.Context, client *clientv3.Client, cluster *etcdserver.Cluster) (*etcdserver.Member, error) {
	for _, m := range cluster.Members() {
		status, err := client.Status(ctx, m.Endpoint())
		if err != nil {
			return nil, err
		}
		if status.Leader == status.Header.MemberId {
			return m, nil
		}
	}
	return nil, errors.New("no server leads the cluster")
}

// restartExperiment kills the only server until the claims have ended, and
// starts it again on its data: tokens must rise all the same.
func restartExperiment(ctx context.Context, nodes, rounds int) *verdict {
	v := &verdict{name: fmt.Sprintf("restart: the only server is killed and started again, TTL %v", restartTTL)}
	if err := restartServer(ctx, v, nodes, rounds); err != nil {
		v.fault("%v", err)
	}
	return v
}

func restartServer(ctx context.Context, v *verdict, nodes, rounds int) error {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	cluster, err := etcdserver.Start(ctx, etcdserver.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = cluster.Close() }()
	leaders, err := leadMany(ctx, cluster.Endpoints(), nodes, restartTTL)
	defer closeAll(leaders)
	if err != nil {
		return err
	}
	for round := range rounds {
		if err := cluster.Member(0).Kill(); err != nil {
			return err
		}
		for _, l := range leaders {
			select {
			case <-l.term.Context().Done():
			case <-ctx.Done():
				return fmt.Errorf("a claim outlives its server: %w", context.Cause(ctx))
			}
		}
		if err := cluster.Restart(ctx); err != nil {
			return err
		}
		for i, l := range leaders {
			before, err := again(ctx, l)
			if err != nil {
				return err
			}
			if l.term.Token() <= before {
				v.fault("round %d, election %d: token %d after %d", round, i, l.term.Token(), before)
			}
		}
	}
	v.line("%d elections, %d restarts: every token is larger than the one before", nodes, rounds)
	return nil
}

// again ends the lost term, waits for the next and returns the token before it.
func again(ctx context.Context, l *leader) (before claim.Token, err error) {
	before = l.term.Token()
	if err := l.term.Resign(ctx); err != nil {
		return before, err
	}
	l.term, err = l.run.Campaign(ctx)
	return before, err
}
