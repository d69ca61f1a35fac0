package etcd

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

// Watch implements backends.Backend. Each selector is watched first and read
// then, so that nothing falls between: changes up to the revision of the
// snapshot are in it, and those after it follow.
//
// The watch begins now and not at the snapshot's revision. The server would let
// a watch of the past wait for a loop that runs every 100 ms before it tells of
// anything, also of what is new (mvcc's syncWatchersLoop).
func (s *Store) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	follows, err := s.following(selectors)
	if err != nil {
		return nil, err
	}
	if silence <= 0 {
		return nil, fmt.Errorf("etcd: watch: %w: the silence is %v, it must be positive", backends.ErrInvalid, silence)
	}
	inner, cancel := context.WithCancel(ctx)
	w := &watch{s: s, cancel: cancel, silence: silence, began: time.Now()}
	snapshot, err := w.begin(inner, follows)
	if err != nil {
		cancel()
		return nil, err
	}
	w.mail = backends.NewMailbox(ctx)
	for _, e := range snapshot {
		w.mail.Put(e)
	}
	w.mail.Put(backends.Event{Kind: backends.Synced})
	w.heard()
	for _, f := range follows {
		go w.follow(inner, f)
	}
	go w.guard(inner)
	return w.mail.Events(), nil
}

// watch is one call of Watch.
type watch struct {
	s       *Store
	cancel  context.CancelFunc
	mail    *backends.Mailbox
	silence time.Duration
	began   time.Time
	last    atomic.Int64 // when the store was last heard, as nanoseconds since began
}

// begin opens the watches, and reads the snapshot once the server has all of
// them, within the silence.
func (w *watch) begin(ctx context.Context, follows []*following) ([]backends.Event, error) {
	stream := w.s.pulse.context(ctx)
	for _, f := range follows {
		options := []clientv3.OpOption{clientv3.WithCreatedNotify()}
		if f.prefix {
			options = append(options, clientv3.WithPrefix())
		}
		f.changes = w.s.client.Watch(stream, f.key, options...)
	}
	ctx, cancel := context.WithTimeout(ctx, w.silence)
	defer cancel()
	for _, f := range follows {
		if err := created(ctx, f.changes); err != nil {
			return nil, wrap("watch", err)
		}
	}
	return w.snapshot(ctx, follows)
}

// created waits until the server has a watch.
func created(ctx context.Context, changes clientv3.WatchChan) error {
	select {
	case resp, open := <-changes:
		if !open {
			return fmt.Errorf("%w: the stream ended", backends.ErrUnavailable)
		}
		return ended(resp)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// snapshot reads what is followed and notes the revisions.
func (w *watch) snapshot(ctx context.Context, follows []*following) (events []backends.Event, err error) {
	for _, f := range follows {
		var kvs []*mvccpb.KeyValue
		if f.prefix {
			kvs, f.seen, err = w.s.rangeAt(ctx, f.key)
		} else {
			kvs, f.seen, err = w.s.getAt(ctx, f.key)
		}
		if err != nil {
			return nil, wrap("watch: read the snapshot", err)
		}
		for _, kv := range kvs {
			events = append(events, w.s.event(clientv3.EventTypePut, kv))
		}
	}
	return events, nil
}

func (s *Store) getAt(ctx context.Context, key string) ([]*mvccpb.KeyValue, int64, error) {
	resp, err := s.client.Get(ctx, key)
	if err != nil {
		return nil, 0, err
	}
	return resp.Kvs, resp.Header.Revision, nil
}

// follow passes the changes of one key or prefix on until the watch ends.
func (w *watch) follow(ctx context.Context, f *following) {
	for resp := range f.changes {
		if err := ended(resp); err != nil {
			w.fail(wrap("watch", err))
			return
		}
		w.heard()
		for _, e := range resp.Events {
			if e.Kv.ModRevision > f.seen { // else it is in the snapshot
				w.mail.Put(w.s.event(e.Type, e.Kv))
			}
		}
	}
	if ctx.Err() == nil {
		w.fail(fmt.Errorf("etcd: watch: %w: the stream ended", backends.ErrUnavailable))
	}
}

// event translates one change.
func (s *Store) event(change mvccpb.Event_EventType, kv *mvccpb.KeyValue) backends.Event {
	id, isSession := s.sessionOf(kv.Key)
	switch {
	case isSession && change == clientv3.EventTypeDelete:
		return backends.Event{Kind: backends.SessionGone, Session: backends.SessionInfo{ID: id}}
	case isSession:
		return backends.Event{Kind: backends.SessionSeen, Session: backends.SessionInfo{ID: id, Description: kv.Value}}
	case change == clientv3.EventTypeDelete:
		return backends.Event{Kind: backends.Deleted, Record: backends.Record{Key: s.keyOf(kv.Key)}}
	}
	return backends.Event{Kind: backends.Put, Record: s.record(kv)}
}

func (w *watch) heard() { w.last.Store(int64(time.Since(w.began))) }

// fail reports why the watch ends. Of several reports any may be the one that is
// read.
func (w *watch) fail(err error) {
	w.mail.Put(backends.Event{Kind: backends.Failed, Err: err})
	w.cancel()
}

// guard ends the watch when the store has been silent for too long, whatever the
// client library believes of its connection.
func (w *watch) guard(ctx context.Context) {
	interval := w.silence / 4
	ticker := time.NewTicker(max(interval, 1))
	defer ticker.Stop()
	for {
		quiet := time.Since(w.began) - time.Duration(w.last.Load())
		if quiet >= w.silence {
			w.fail(fmt.Errorf("etcd: watch: %w for %v", backends.ErrSilent, quiet))
			return
		}
		w.s.pulse.ask(ctx, interval)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
