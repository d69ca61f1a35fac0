package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/partitions"
)

// plannedGap measures, from the return of the old owner's callback to the start
// of the new owner's, what a planned move costs, beside a raw write seen by a
// watch in the same rounds.
func plannedGap(ctx context.Context, r *rig) ([]row, error) {
	const moves = 500
	started := make(chan time.Time, 4)
	returned := make(chan time.Time, 4)
	for _, name := range []string{"a", "b"} {
		node, err := r.member(ctx, name, 15*time.Second, nil, nil)
		if err != nil {
			return nil, err
		}
		_, err = partitions.Join(ctx, node, partitions.Config{
			Group: "gap", Partitions: partitions.Count(1), Debounce: 50 * time.Millisecond,
			OnAcquire: func(context.Context, *partitions.Claim) error { started <- time.Now(); return nil },
			OnLost:    func(context.Context, *partitions.Claim, error) { returned <- time.Now() },
		})
		if err != nil {
			return nil, err
		}
	}
	client, err := r.client(nil)
	if err != nil {
		return nil, err
	}
	admin, err := partitions.NewAdmin(r.nodes[0].Backend(), "gap")
	if err != nil {
		return nil, err
	}
	<-started
	raw := newRaw(ctx, client, r.prefix)
	var gaps, writes []time.Duration
	for i := range moves + 1 {
		if err := admin.Pin(ctx, "0", []string{"a", "b"}[i%2]); err != nil {
			return nil, err
		}
		if i == 0 { // it may be there already
			select {
			case <-started:
				<-returned
			case <-time.After(time.Second):
			}
			continue
		}
		select {
		case begun := <-started:
			gaps = append(gaps, begun.Sub(<-returned))
		case <-time.After(10 * time.Second):
			return nil, fmt.Errorf("move %d did not happen in 10 s", i)
		}
		took, err := raw.once(ctx, i)
		if err != nil {
			return nil, err
		}
		writes = append(writes, took)
	}
	p50, raw50 := percentile(gaps, .5), percentile(writes, .5)
	p99, raw99 := percentile(gaps, .99), percentile(writes, .99)
	return []row{
		{fmt.Sprintf("planned hand-over gap p50 of %d", moves), ms(p50), "raw write to watch p50 " + ms(raw50), ratio(p50, raw50), "≤ 3", p50 <= 3*raw50},
		{"planned hand-over gap p99", ms(p99), "raw write to watch p99 " + ms(raw99), ratio(p99, raw99), "", false},
	}, nil
}

// raw is a plain etcd write that a plain watch sees.
type raw struct {
	client *clientv3.Client
	key    string
	seen   clientv3.WatchChan
}

func newRaw(ctx context.Context, client *clientv3.Client, prefix string) *raw {
	key := "raw-" + prefix
	return &raw{client, key, client.Watch(ctx, key, clientv3.WithCreatedNotify())}
}

func (w *raw) once(ctx context.Context, i int) (time.Duration, error) {
	begun := time.Now()
	if _, err := w.client.Put(ctx, w.key, strconv.Itoa(i)); err != nil {
		return 0, err
	}
	for resp := range w.seen {
		if len(resp.Events) > 0 {
			return time.Since(begun), nil
		}
	}
	return 0, fmt.Errorf("the raw watch ended")
}
