package etcd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

// Watch implements backends.Backend. Each selector is read at one revision and
// watched from there, so that nothing falls between.
func (s *Store) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	follows, err := s.following(selectors)
	if err != nil {
		return nil, err
	}
	if silence <= 0 {
		return nil, fmt.Errorf("etcd: watch: %w: the silence is %v, it must be positive", backends.ErrInvalid, silence)
	}
	w := &watch{s: s, silence: silence, began: time.Now()}
	snapshot, err := w.snapshot(ctx, follows)
	if err != nil {
		return nil, err
	}
	w.mail = backends.NewMailbox(ctx)
	for _, e := range snapshot {
		w.mail.Put(e)
	}
	w.mail.Put(backends.Event{Kind: backends.Synced})
	w.heard()
	inner, cancel := context.WithCancel(ctx)
	w.cancel = cancel
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

// following is what is watched: a key, or a prefix. Its snapshot is of revision
// seen. The watch begins there and not one later: the server answers no request for
// progress while a watch waits for a revision that does not exist yet.
type following struct {
	key    string
	prefix bool
	seen   int64
}

func (f *following) covers(g *following) bool {
	return f.key == g.key && f.prefix == g.prefix || f.prefix && strings.HasPrefix(g.key, f.key)
}

// following translates selectors. What another one covers is left out: two watches
// of one key run at their own pace, and the slower one would go back.
func (s *Store) following(selectors []backends.Selector) ([]*following, error) {
	var all []*following
	for _, selector := range selectors {
		f, err := s.place(selector)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(g *following) bool { return g.covers(f) }) {
			continue
		}
		all = append(slices.DeleteFunc(all, f.covers), f)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("etcd: watch: %w: it needs a selector", backends.ErrInvalid)
	}
	return all, nil
}

func (s *Store) place(selector backends.Selector) (*following, error) {
	switch {
	case selector.Key() != "":
		return &following{key: s.recordKey(selector.Key())}, nil
	case selector.Dir() != "":
		return &following{key: s.recordKey(backends.Key(selector.Dir())), prefix: true}, nil
	case selector.Session() != "":
		return &following{key: s.sessionKey(selector.Session())}, nil
	case selector.Sessions():
		return &following{key: s.sessionRoot(), prefix: true}, nil
	}
	return nil, fmt.Errorf("etcd: watch: %w: an empty selector", backends.ErrInvalid)
}

// snapshot reads what is followed, within the silence, and notes the revisions.
func (w *watch) snapshot(ctx context.Context, follows []*following) (events []backends.Event, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.silence)
	defer cancel()
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
	options := []clientv3.OpOption{clientv3.WithRev(f.seen)}
	if f.prefix {
		options = append(options, clientv3.WithPrefix())
	}
	for resp := range w.s.client.Watch(w.s.pulse.context(ctx), f.key, options...) {
		if err := resp.Err(); err != nil {
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
