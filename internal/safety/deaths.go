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

const probeEvery = 20 * time.Millisecond

// death is when a key was deleted: after earliest, and before seen.
type death struct{ earliest, seen time.Time }

// deaths sees keys being deleted, by a watch on the server that no fault
// touches. Events arrive a little late, and much later on a busy machine, which
// would flatter whoever stops late. So it also writes a probe key all the time:
// events come in the order of the writes, so what comes after the event of a
// probe was written after that probe was sent.
type deaths struct {
	client *clientv3.Client
	key    string        // of the probe
	failed chan struct{} // closed when the watch has ended
	begun  time.Time

	mu    sync.Mutex // guards what follows
	at    map[string]chan death
	probe time.Time // when the last probe that was seen was sent
	err   error
}

// watchDeaths watches until ctx is done. The caller keeps the client open. The
// name is its own among the watches of a server: two that shared a probe would
// take each other's times for theirs.
func watchDeaths(ctx context.Context, client *clientv3.Client, name string) (*deaths, error) {
	begun := time.Now()
	d := &deaths{client: client, key: "probe/" + name, failed: make(chan struct{}), begun: begun, probe: begun, at: map[string]chan death{}}
	now, err := client.Get(ctx, d.key)
	if err != nil {
		return nil, fmt.Errorf("watch the server: %w", err)
	}
	events := client.Watch(ctx, "", clientv3.WithPrefix(), clientv3.WithRev(now.Header.Revision+1))
	go d.read(ctx, events)
	go d.probes(ctx)
	return d, nil
}

// of returns the channel that tells when key is deleted. Call it while the
// key exists.
func (d *deaths) of(key string) <-chan death {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := make(chan death, 1)
	d.at[key] = c
	return c
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
	case key == d.key:
		if sent, err := strconv.ParseInt(string(e.Kv.Value), 10, 64); err == nil {
			d.probe = d.begun.Add(time.Duration(sent))
		}
	case e.Type == clientv3.EventTypeDelete && d.at[key] != nil:
		select {
		case d.at[key] <- death{d.probe, now}:
		default: // deleted once already
		}
	}
}

func (d *deaths) end(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *deaths) probes(ctx context.Context) {
	for pause(ctx, probeEvery) == nil {
		sent := strconv.FormatInt(int64(time.Since(d.begun)), 10)
		_, _ = d.client.Put(ctx, d.key, sent) // without it the bound is wider
	}
}
