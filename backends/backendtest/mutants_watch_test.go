package backendtest_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/backends"
)

type event = backends.Event

// ofWatch passes events on through a function that sends what it likes. The
// channel is closed when it returns.
func ofWatch(pass func(ctx context.Context, in <-chan event, out chan<- event)) func(*broken) {
	return func(b *broken) {
		inner := b.Backend
		b.watch = func(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan event, error) {
			in, err := inner.Watch(ctx, silence, selectors...)
			if err != nil {
				return nil, err
			}
			out := make(chan event)
			go func() {
				defer close(out)
				pass(ctx, in, out)
			}()
			return out, nil
		}
	}
}

// ofEvent changes single events, or drops them.
func ofEvent(change func(event) (event, bool)) func(*broken) {
	return ofWatch(func(ctx context.Context, in <-chan event, out chan<- event) {
		for e := range in {
			if e, ok := change(e); ok && !send(ctx, out, e) {
				return
			}
		}
	})
}

func send(ctx context.Context, out chan<- event, e event) bool {
	select {
	case out <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

func without(kind backends.EventKind) func(*broken) {
	return ofEvent(func(e event) (event, bool) { return e, e.Kind != kind })
}

var watchMutants = []mutant{
	{"N1", "Synced never comes", without(backends.Synced)},
	{"N1", "no snapshot", ofWatch(func(ctx context.Context, in <-chan event, out chan<- event) {
		synced := false
		for e := range in {
			synced = synced || e.Kind == backends.Synced
			if synced && !send(ctx, out, e) {
				return
			}
		}
	})},
	{"N1", "a change after Synced is lost", ofWatch(func(ctx context.Context, in <-chan event, out chan<- event) {
		synced, lost := false, false
		for e := range in {
			if synced && !lost {
				lost = true
				continue
			}
			synced = synced || e.Kind == backends.Synced
			if !send(ctx, out, e) {
				return
			}
		}
	})},
	{"N2", "an older version comes again", ofWatch(func(ctx context.Context, in <-chan event, out chan<- event) {
		first := map[backends.Key]event{}
		for e := range in {
			if !send(ctx, out, e) {
				return
			}
			if old, ok := first[e.Record.Key]; ok && e.Kind == backends.Put && !send(ctx, out, old) {
				return
			}
			if e.Kind == backends.Put {
				first[e.Record.Key] = e
			}
		}
	})},
	{"N3", "deletions are left out", without(backends.Deleted)},
	{"N4", "a directory is a bare prefix", func(b *broken) {
		inner := b.Backend
		b.watch = func(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan event, error) {
			for i, s := range selectors {
				if d := string(s.Dir()); d != "" {
					selectors[i] = backends.InDir(backends.Dir(d[:len(d)-1]))
				}
			}
			return inner.Watch(ctx, silence, selectors...)
		}
	}},
	{"N4", "only the first selector counts", func(b *broken) {
		inner := b.Backend
		b.watch = func(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan event, error) {
			return inner.Watch(ctx, silence, selectors[:min(len(selectors), 1)]...)
		}
	}},
	{"N4", "one session means all", func(b *broken) {
		inner := b.Backend
		b.watch = func(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan event, error) {
			for i, s := range selectors {
				if s.Session() != "" {
					selectors[i] = backends.AllSessions()
				}
			}
			return inner.Watch(ctx, silence, selectors...)
		}
	}},
	{"N5", "the end of a session is left out", without(backends.SessionGone)},
	{"N6", "the channel is closed late", ofWatch(func(ctx context.Context, in <-chan event, out chan<- event) {
		for e := range in {
			if !send(ctx, out, e) {
				break
			}
		}
		<-ctx.Done()
		time.Sleep(time.Minute)
	})},
	{"N6", "it waits for a reader that may not come", ofWatch(func(_ context.Context, in <-chan event, out chan<- event) {
		for e := range in {
			out <- e
		}
	})},
	{"N7", "silence goes unnoticed", ofWatch(func(ctx context.Context, in <-chan event, out chan<- event) {
		for e := range in {
			if e.Kind != backends.Failed && !send(ctx, out, e) {
				return
			}
		}
		<-ctx.Done()
	})},
	{"N7", "the channel is closed without a word", without(backends.Failed)},
	{"N7", "an idle watch fails", ofWatch(func(ctx context.Context, in <-chan event, out chan<- event) {
		for {
			select {
			case e, open := <-in:
				if !open || !send(ctx, out, e) {
					return
				}
			case <-time.After(2 * time.Second):
				send(ctx, out, event{Kind: backends.Failed, Err: backends.ErrSilent})
				return
			}
		}
	})},
	{"N8", "what a slow reader cannot take is dropped", drops},
	{"N8", "a slow reader holds up the writers", holdsUp},
}

// drops keeps the oldest few events for a reader and no other.
func drops(b *broken) {
	inner := b.Backend
	b.watch = func(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan event, error) {
		in, err := inner.Watch(ctx, silence, selectors...)
		if err != nil {
			return nil, err
		}
		out := make(chan event, 4)
		go func() {
			defer close(out)
			for e := range in {
				select {
				case out <- e:
				default:
				}
			}
		}()
		return out, nil
	}
}

// holdsUp makes writes wait until every watch of the client has been read.
func holdsUp(b *broken) {
	inner := b.Backend
	b.watch = func(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan event, error) {
		in, err := inner.Watch(ctx, silence, selectors...)
		if err != nil {
			return nil, err
		}
		out := make(chan event)
		go func() {
			defer close(out)
			for e := range in {
				unread.Add(1)
				ok := send(ctx, out, e)
				unread.Add(-1)
				if !ok {
					return
				}
			}
		}()
		return out, nil
	}
	b.write = func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
		for unread.Load() > 0 {
			select {
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
				return nil, fmt.Errorf("%w: %w", backends.ErrUnavailable, ctx.Err())
			}
		}
		return inner.Write(ctx, writes...)
	}
}

// unread counts the events that wait for a reader, for a mutant.
var unread atomic.Int64

func ofCapabilities(change func(c *backends.Capabilities)) func(*broken) {
	return func(b *broken) {
		inner := b.Backend
		b.caps = func() backends.Capabilities {
			c := inner.Capabilities()
			change(&c)
			return c
		}
	}
}

var calls atomic.Int64

var limitMutants = []mutant{
	{"L1", "no kind of death", ofCapabilities(func(c *backends.Capabilities) { c.Death = 0 })},
	{"L1", "not constant", ofCapabilities(func(c *backends.Capabilities) { c.MaxBatch += int(calls.Add(1)) })},
	{"L1", "Left is not what it says", ofCapabilities(func(c *backends.Capabilities) { c.RemainingTTL = false })},
	{"L1", "no stamp", ofCapabilities(func(c *backends.Capabilities) { c.LosesAckedWrites = true })},
	{"L2", "a done context is not looked at", func(b *broken) {
		inner := b.Backend
		b.read = func(_ context.Context, keys ...backends.Key) ([]backends.Record, error) {
			own, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return inner.Read(own, keys...)
		}
	}},
	{"L2", "a call waits for the store", func(b *broken) {
		inner := b.Backend
		b.sessions = func(ctx context.Context) ([]backends.SessionInfo, error) {
			patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			if ctx.Err() != nil {
				return inner.Sessions(ctx)
			}
			return inner.Sessions(patient)
		}
	}},
	{"L2", "an error without a sentinel", func(b *broken) {
		inner := b.Backend
		b.list = func(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return inner.List(ctx, dir)
		}
	}},
	{"L3", "one call at a time", func(b *broken) {
		inner := b.Backend
		var busy atomic.Bool
		b.list = func(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
			if busy.Swap(true) {
				return nil, fmt.Errorf("%w: the client is in use", backends.ErrUnavailable)
			}
			defer busy.Store(false)
			time.Sleep(time.Millisecond)
			return inner.List(ctx, dir)
		}
	}},
	{"L3", "counts are lost", ofItem(unguarded)},
}
