package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/client/v3/concurrency"

	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
)

const coldPartitions = 10000

// coldStart measures how long three members need to own 10,000 partitions, from
// the first Join, beside etcd's own locks.
func coldStart(ctx context.Context, r *rig) ([]row, error) {
	var nodes []*membership.Node
	for i := range 3 {
		node, err := r.member(ctx, fmt.Sprint("n", i), 15*time.Second, nil, nil)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var owned atomic.Int64
	begun := time.Now()
	for _, node := range nodes {
		if _, err := partitions.Join(ctx, node, counting("cold", coldPartitions, &owned)); err != nil {
			return nil, err
		}
	}
	if err := waitFor(ctx, &owned, coldPartitions); err != nil {
		return nil, err
	}
	took := time.Since(begun)
	const few = 1000
	one, err := locks(ctx, r, few, 1)
	if err != nil {
		return nil, err
	}
	one *= coldPartitions / few
	many, err := locks(ctx, r, coldPartitions, 64)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("cold start, %d partitions on 3 members", coldPartitions)
	return []row{
		{what, ms(took), fmt.Sprintf("concurrency.Mutex one by one %.1f s (×10 of %d)", one.Seconds(), few), ratio(one, took), "≥ 20", one >= 20*took},
		{what, ms(took), fmt.Sprintf("concurrency.Mutex 64 at once %.1f s", many.Seconds()), ratio(many, took), "≥ 4", many >= 4*took},
	}, nil
}

// locks takes n locks, some at once, in one session of etcd's own package.
func locks(ctx context.Context, r *rig, n, atOnce int) (time.Duration, error) {
	client, err := r.client(nil)
	if err != nil {
		return 0, err
	}
	session, err := concurrency.NewSession(client, concurrency.WithTTL(60))
	if err != nil {
		return 0, err
	}
	defer func() { _ = session.Close() }()
	next := make(chan int)
	var failed atomic.Value
	var all sync.WaitGroup
	begun := time.Now()
	for range atOnce {
		all.Go(func() {
			for i := range next {
				if err := concurrency.NewMutex(session, fmt.Sprintf("locks-%d/%d", atOnce, i)).Lock(ctx); err != nil {
					failed.Store(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return time.Since(begun), nil
}
