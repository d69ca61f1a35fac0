package etcd

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

// Watch implements backends.Backend. Each selector is read at one revision and
// watched from there, so that nothing falls between.
func (s *Store) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	if len(selectors) == 0 || silence <= 0 {
		return nil, fmt.Errorf("etcd: watch: %w: it needs a selector and a positive silence", backends.ErrInvalid)
	}
	inner, cancel := context.WithCancel(ctx)
	w := &watch{s: s, cancel: cancel, mail: backends.NewMailbox(ctx), silence: silence}
	for _, selector := range selectors {
		if err := w.snapshot(inner, selector); err != nil {
			cancel()
			w.fail(err) // ends the mailbox
			return nil, err
		}
	}
	w.mail.Put(backends.Event{Kind: backends.Synced})
	w.heard()
	for _, f := range w.follows {
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
	follows []following
	last    atomic.Int64 // when the store was last heard, Unix nanoseconds
}

// following is what one selector watches. Its snapshot is of revision seen. The
// watch begins there and not one later: the server answers no request for
// progress while a watch waits for a revision that does not exist yet.
type following struct {
	key    string
	prefix bool
	seen   int64
}

func (w *watch) heard() { w.last.Store(time.Now().UnixNano()) }

// fail reports why the watch ends, once; later reports change nothing that
// anybody reads.
func (w *watch) fail(err error) {
	w.mail.Put(backends.Event{Kind: backends.Failed, Err: err})
	w.cancel()
}

func (w *watch) snapshot(ctx context.Context, selector backends.Selector) error {
	ctx, cancel := context.WithTimeout(ctx, w.silence)
	defer cancel()
	f := w.where(selector)
	if f.prefix {
		kvs, rev, err := w.s.rangeAll(ctx, f.key, 0)
		if err != nil {
			return wrap("watch: read the snapshot", err)
		}
		for _, kv := range kvs {
			w.put(kv)
		}
		f.seen = rev
	} else {
		resp, err := w.s.client.Get(ctx, f.key)
		if err != nil {
			return wrap("watch: read the snapshot", err)
		}
		for _, kv := range resp.Kvs {
			w.put(kv)
		}
		f.seen = resp.Header.Revision
	}
	w.follows = append(w.follows, f)
	return nil
}

func (w *watch) where(selector backends.Selector) following {
	switch {
	case selector.Key() != "":
		return following{key: w.s.recordKey(selector.Key())}
	case selector.Dir() != "":
		return following{key: w.s.recordKey(backends.Key(selector.Dir())), prefix: true}
	case selector.Session() != "":
		return following{key: w.s.sessionKey(selector.Session())}
	}
	return following{key: w.s.root + "sessions/", prefix: true}
}

// follow passes the changes of one selector on until the watch ends.
func (w *watch) follow(ctx context.Context, f following) {
	options := []clientv3.OpOption{clientv3.WithRev(f.seen)}
	if f.prefix {
		options = append(options, clientv3.WithPrefix())
	}
	for resp := range w.s.client.Watch(clientv3.WithRequireLeader(ctx), f.key, options...) {
		if err := resp.Err(); err != nil {
			w.fail(wrap("watch", err))
			return
		}
		w.heard()
		for _, e := range resp.Events {
			if e.Kv.ModRevision <= f.seen {
				continue // in the snapshot
			}
			if e.Type == clientv3.EventTypeDelete {
				w.deleted(e.Kv)
			} else {
				w.put(e.Kv)
			}
		}
	}
	if ctx.Err() == nil {
		w.fail(fmt.Errorf("etcd: watch: %w: the stream ended", backends.ErrUnavailable))
	}
}

func (w *watch) put(kv *mvccpb.KeyValue) {
	if id, ok := w.session(kv); ok {
		w.mail.Put(backends.Event{Kind: backends.SessionSeen, Session: backends.SessionInfo{ID: id, Description: kv.Value}})
		return
	}
	w.mail.Put(backends.Event{Kind: backends.Put, Record: w.s.record(kv)})
}

func (w *watch) deleted(kv *mvccpb.KeyValue) {
	if id, ok := w.session(kv); ok {
		w.mail.Put(backends.Event{Kind: backends.SessionGone, Session: backends.SessionInfo{ID: id}})
		return
	}
	w.mail.Put(backends.Event{Kind: backends.Deleted, Record: backends.Record{Key: w.s.keyOf(kv.Key)}})
}

func (w *watch) session(kv *mvccpb.KeyValue) (backends.SessionID, bool) {
	prefix := w.s.root + "sessions/"
	if len(kv.Key) <= len(prefix) || string(kv.Key[:len(prefix)]) != prefix {
		return "", false
	}
	return w.s.sessionOf(kv.Key), true
}

// guard ends the watch when the store has been silent for too long, whatever
// the client library believes of its connection.
func (w *watch) guard(ctx context.Context) {
	defer w.s.pulse.join(w.silence)()
	ticker := time.NewTicker(w.silence / 4)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if quiet := time.Since(time.Unix(0, w.last.Load())); quiet >= w.silence {
				w.fail(fmt.Errorf("etcd: watch: %w for %v", backends.ErrSilent, quiet))
				return
			}
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
				w.fail(fmt.Errorf("etcd: watch: %w: %w", backends.ErrUnavailable, cause))
			}
			return
		}
	}
}
