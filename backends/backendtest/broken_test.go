package backendtest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/memory"
)

// broken is a client of memory in which single methods can be replaced. A
// replacement calls the embedded Backend for what is right.
type broken struct {
	backends.Backend
	caps     func() backends.Capabilities
	open     func(context.Context, backends.SessionSpec) (backends.Session, backends.Renewal, error)
	sessions func(context.Context) ([]backends.SessionInfo, error)
	read     func(context.Context, ...backends.Key) ([]backends.Record, error)
	list     func(context.Context, backends.Dir) ([]backends.Record, error)
	write    func(context.Context, ...backends.Write) ([]backends.Result, error)
	watch    func(context.Context, time.Duration, ...backends.Selector) (<-chan backends.Event, error)
}

func (b *broken) Capabilities() backends.Capabilities {
	if b.caps != nil {
		return b.caps()
	}
	return b.Backend.Capabilities()
}

func (b *broken) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	if b.open != nil {
		return b.open(ctx, spec)
	}
	return b.Backend.OpenSession(ctx, spec)
}

func (b *broken) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	if b.sessions != nil {
		return b.sessions(ctx)
	}
	return b.Backend.Sessions(ctx)
}

func (b *broken) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	if b.read != nil {
		return b.read(ctx, keys...)
	}
	return b.Backend.Read(ctx, keys...)
}

func (b *broken) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	if b.list != nil {
		return b.list(ctx, dir)
	}
	return b.Backend.List(ctx, dir)
}

func (b *broken) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if b.write != nil {
		return b.write(ctx, writes...)
	}
	return b.Backend.Write(ctx, writes...)
}

func (b *broken) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	if b.watch != nil {
		return b.watch(ctx, silence, selectors...)
	}
	return b.Backend.Watch(ctx, silence, selectors...)
}

// brokenSession is a session in which Renew and Close can be replaced.
type brokenSession struct {
	backends.Session
	id    backends.SessionID
	renew func(context.Context) (backends.Renewal, error)
	close func(context.Context) error
}

func (s *brokenSession) ID() backends.SessionID {
	if s.id != "" {
		return s.id
	}
	return s.Session.ID()
}

func (s *brokenSession) Renew(ctx context.Context) (backends.Renewal, error) {
	if s.renew != nil {
		return s.renew(ctx)
	}
	return s.Session.Renew(ctx)
}

func (s *brokenSession) Close(ctx context.Context) error {
	if s.close != nil {
		return s.close(ctx)
	}
	return s.Session.Close(ctx)
}

// wire stands for a connection between a client and memory: it can be cut, so
// that nothing passes, or lose the answers only.
func wire(b *broken) (cut, hold func()) {
	inner := b.Backend
	var down, deaf context.Context
	down, cut = context.WithCancel(context.Background())
	deaf, hold = context.WithCancel(context.Background())
	silent := func(ctx context.Context) error {
		<-ctx.Done()
		return fmt.Errorf("wire: %w: %w", backends.ErrUnavailable, context.Cause(ctx))
	}
	over := func(ctx context.Context) error {
		if down.Err() != nil {
			return silent(ctx)
		}
		return nil
	}
	b.open = func(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
		if err := over(ctx); err != nil {
			return nil, backends.Renewal{}, err
		}
		s, renewal, err := inner.OpenSession(ctx, spec)
		if err != nil {
			return nil, renewal, err
		}
		wired := &brokenSession{Session: s}
		wired.renew = func(ctx context.Context) (backends.Renewal, error) {
			if err := over(ctx); err != nil {
				return backends.Renewal{}, err
			}
			return s.Renew(ctx)
		}
		wired.close = func(ctx context.Context) error {
			if err := over(ctx); err != nil {
				return err
			}
			return s.Close(ctx)
		}
		return wired, renewal, nil
	}
	b.sessions = func(ctx context.Context) ([]backends.SessionInfo, error) {
		if err := over(ctx); err != nil {
			return nil, err
		}
		return inner.Sessions(ctx)
	}
	b.read = func(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
		if err := over(ctx); err != nil {
			return nil, err
		}
		return inner.Read(ctx, keys...)
	}
	b.list = func(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
		if err := over(ctx); err != nil {
			return nil, err
		}
		return inner.List(ctx, dir)
	}
	b.write = func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
		err := over(ctx)
		if err == nil {
			results, failed := inner.Write(ctx, writes...)
			if failed != nil || deaf.Err() == nil {
				return results, failed
			}
			err = silent(ctx)
		}
		results := make([]backends.Result, len(writes))
		for i := range results {
			results[i] = backends.Result{Outcome: backends.Unknown, Err: err}
		}
		return results, nil
	}
	b.watch = (&backends.Poll{List: b.list, Read: b.read, Sessions: b.sessions, Idle: 200 * time.Millisecond, Fast: 50 * time.Millisecond}).Watch
	return cut, hold
}

// harness returns a harness of a fresh memory store, to be called in a bubble.
// The mutation is applied to every client, also to those on a wire.
func harness(mutation func(*broken)) backendtest.Harness {
	store := memory.NewStore()
	mutate := func(b backends.Backend) *broken {
		m := &broken{Backend: b}
		if mutation != nil {
			mutation(m)
		}
		return m
	}
	wired := func(namespace string) (b *broken, cut, hold func()) {
		b = &broken{Backend: store.Client(namespace)}
		cut, hold = wire(b)
		return mutate(b), cut, hold
	}
	return backendtest.Harness{
		Name: "memory",
		TTL:  10 * time.Second,
		Open: func(_ backendtest.TB, namespace string) backends.Backend { return mutate(store.Client(namespace)) },
		RemoveSession: func(t backendtest.TB, _ string, id backends.SessionID) {
			if !store.KillSession(id) {
				t.Fatalf("there is no session %q", id)
			}
		},
		Cut: func(_ backendtest.TB, namespace string) (backends.Backend, func()) {
			b, cut, _ := wired(namespace)
			return b, cut
		},
		Hold: func(_ backendtest.TB, namespace string) (backends.Backend, func()) {
			b, _, hold := wired(namespace)
			return b, hold
		},
	}
}
