package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

const probeKey = "probe"

// deaths sees keys being deleted, by a watch on the server that no fault
// touches. Events arrive a little late, which would flatter whoever stops late.
// So it also writes a probe key all the time and measures the worst delay
// from before the write to the arrival of its event.
type deaths struct {
	client *clientv3.Client
	failed chan struct{} // closed when the watch has ended
	begun  time.Time

	mu    sync.Mutex
	at    map[string]chan time.Time
	worst time.Duration
	err   error
}

// watchDeaths watches until ctx is done. The caller keeps the client open.
func watchDeaths(ctx context.Context, client *clientv3.Client) (*deaths, error) {
	d := &deaths{client: client, failed: make(chan struct{}), begun: time.Now(), at: map[string]chan time.Time{}}
	now, err := client.Get(ctx, probeKey)
	if err != nil {
		return nil, fmt.Errorf("watch the server: %w", err)
	}
	events := client.Watch(ctx, "", clientv3.WithPrefix(), clientv3.WithRev(now.Header.Revision+1))
	go d.read(ctx, events)
	go d.probe(ctx)
	return d, nil
}

// of returns the channel that gets the time at which key is deleted. Call it
// while the key exists.
func (d *deaths) of(key string) <-chan time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := make(chan time.Time, 1)
	d.at[key] = c
	return c
}

// slack is the worst delay of an event so far.
func (d *deaths) slack() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.worst
}

func (d *deaths) read(ctx context.Context, events clientv3.WatchChan) {
	defer close(d.failed)
	for resp := range events {
		now := time.Now()
		if err := resp.Err(); err != nil {
			d.end(err)
			return
		}
		for _, e := range resp.Events {
			d.event(e, now)
		}
	}
	d.end(errors.Join(context.Cause(ctx), errors.New("the watch has ended")))
}

func (d *deaths) event(e *clientv3.Event, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := string(e.Kv.Key)
	switch {
	case key == probeKey:
		if sent, err := strconv.ParseInt(string(e.Kv.Value), 10, 64); err == nil {
			d.worst = max(d.worst, now.Sub(d.begun)-time.Duration(sent))
		}
	case e.Type == clientv3.EventTypeDelete && d.at[key] != nil:
		select {
		case d.at[key] <- now:
		default: // deleted once already
		}
	}
}

func (d *deaths) end(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *deaths) probe(ctx context.Context) {
	for pause(ctx, 100*time.Millisecond) == nil {
		sent := strconv.FormatInt(int64(time.Since(d.begun)), 10)
		_, _ = d.client.Put(ctx, probeKey, sent) // no event, no measurement
	}
}
