package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/partitions"
)

// requests counts what goes to etcd while nothing happens.
func requests(ctx context.Context, r *rig) ([]row, error) {
	const ttl = 5 * time.Second
	var rows []row
	first := 0.0
	for _, n := range []int{10, 1000, 10000} {
		var sent, owned atomic.Int64
		for i := range 2 {
			node, err := r.member(ctx, fmt.Sprint("n", i), ttl, &sent, nil)
			if err != nil {
				return nil, err
			}
			if _, err := partitions.Join(ctx, node, counting(fmt.Sprint("g", n), n, &owned)); err != nil {
				return nil, err
			}
		}
		if err := waitFor(ctx, &owned, int64(n)); err != nil {
			return nil, err
		}
		pause(ctx, 2*ttl) // settle: reports and deputies
		before := sent.Load()
		pause(ctx, 3*ttl)
		per := float64(sent.Load()-before) / 3 / 2
		if first == 0 {
			first = per
		}
		rows = append(rows, row{
			fmt.Sprintf("etcd requests per TTL and node, %d partitions", n), fmt.Sprintf("%.1f", per),
			fmt.Sprintf("%.1f with 10 partitions", first), fmt.Sprintf("%.2f", per/first), "1 ± 0.1", per/first > 0.9 && per/first < 1.1,
		})
		for _, node := range r.nodes {
			leave, cancel := context.WithTimeout(ctx, 20*time.Second)
			_ = node.Leave(leave) // the measuring is over
			cancel()
		}
		r.nodes = nil
	}
	return rows, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
