package backendtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

var limits = []Clause{
	{"L1", "Capabilities", capabilities},
	{"L2", "ReturnsWithContext", returnsWithContext},
	{"L3", "ConcurrentUse", concurrentUse},
}

func capabilities(e *env) {
	c := e.a.Capabilities()
	if c != e.a.Capabilities() || c != e.b.Capabilities() {
		e.Errorf("Capabilities are not constant")
	}
	for what, ok := range map[string]bool{
		"Store has a name": c.Store != "",
		"MaxKeyBytes is at least backends.MaxKeyBytes":   c.MaxKeyBytes >= backends.MaxKeyBytes,
		"MaxValueBytes is at least 64 KiB":               c.MaxValueBytes >= 64<<10,
		"MaxDescriptionBytes is at least 4 KiB":          c.MaxDescriptionBytes >= 4<<10,
		"MaxBatch is positive":                           c.MaxBatch > 0,
		"TTLs: 0 < MinTTL <= harness's TTL <= MaxTTL":    c.MinTTL > 0 && c.MinTTL <= e.h.TTL && e.h.TTL <= c.MaxTTL,
		"TTLStep is positive and not longer than MinTTL": c.TTLStep > 0 && c.TTLStep <= c.MinTTL,
		"Death is known":                                 c.Death.String() != "unknown",
	} {
		if !ok {
			e.Errorf("not so: %s: %+v", what, c)
		}
	}
	s, opened, err := e.a.OpenSession(e.ctx(), backends.SessionSpec{TTL: e.h.TTL * 2})
	if err != nil {
		e.Fatalf("OpenSession: %v", err)
	}
	renewed, err := s.Renew(e.ctx())
	if err != nil {
		e.Fatalf("Renew: %v", err)
	}
	if c.LosesAckedWrites && (opened.Stamp == 0 || renewed.Stamp < opened.Stamp) || !c.LosesAckedWrites && (opened.Stamp != 0 || renewed.Stamp != 0) {
		e.Errorf("LosesAckedWrites is %v, but the stamps are %d and %d", c.LosesAckedWrites, opened.Stamp, renewed.Stamp)
	}
	info := e.listed(e.b, s.ID())
	if info == nil {
		e.Fatalf("Sessions does not show a live session")
	}
	if known := info.Left > 0 && info.Left <= renewed.ValidFor; known != c.RemainingTTL || !c.RemainingTTL && info.Left != 0 {
		e.Errorf("RemainingTTL is %v, but Sessions says %v are left of %v", c.RemainingTTL, info.Left, renewed.ValidFor)
	}
}

// returnsWithContext calls everything with a context that is done, and then,
// if there is a hook for it, with one that ends while the store is silent.
func returnsWithContext(e *env) {
	done, cancel := context.WithCancel(e.Context())
	cancel()
	e.allReturn(e.a, e.open(e.a), "a context that is done", func() context.Context { return done }, 0)
	if e.h.Cut == nil {
		return
	}
	b, cut := e.h.Cut(e, e.namespace)
	l := e.open(b)
	cut()
	const limit = 300 * time.Millisecond
	e.allReturn(b, l, "a cut connection", func() context.Context { return e.within(limit) }, limit)
}

// allReturn calls every method side by side; none may be slow or succeed. One
// that never returns is left behind.
func (e *env) allReturn(b backends.Backend, l *life, when string, ctx func() context.Context, limit time.Duration) {
	e.Helper()
	calls := e.everyCall(b, l)
	type end struct {
		name string
		err  error
	}
	ended := make(chan end, len(calls))
	for name, call := range calls {
		go func() { ended <- end{name, call(ctx())} }()
	}
	late := time.After(limit + 2*time.Second)
	for len(calls) > 0 {
		select {
		case c := <-ended:
			delete(calls, c.name)
			if c.err == nil || !wraps(c.err) {
				e.Errorf("%s with %s: %v; want an error that wraps a sentinel", c.name, when, c.err)
			}
			if errors.Is(c.err, backends.ErrSessionLost) {
				e.Errorf("%s with %s: %v; the session is not known to be lost", c.name, when, c.err)
			}
		case <-late:
			e.Fatalf("with %s that ended after %v, %v has not returned 2 s later", when, limit, slices.Sorted(maps.Keys(calls)))
		}
	}
}

func (e *env) everyCall(b backends.Backend, l *life) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"OpenSession": func(ctx context.Context) error {
			_, _, err := b.OpenSession(ctx, backends.SessionSpec{TTL: e.h.TTL})
			return err
		},
		"Sessions": func(ctx context.Context) error { _, err := b.Sessions(ctx); return err },
		"Read":     func(ctx context.Context) error { _, err := b.Read(ctx, "l2/k"); return err },
		"List":     func(ctx context.Context) error { _, err := b.List(ctx, "l2/"); return err },
		"Write": func(ctx context.Context) error {
			results, err := b.Write(ctx, backends.Write{Key: "l2/k", Value: []byte("v")})
			if err == nil {
				err = results[0].Err
			}
			return err
		},
		"Watch": func(ctx context.Context) error {
			events, err := b.Watch(ctx, silence, backends.AllSessions())
			if err != nil {
				return err
			}
			for event := range events {
				err = event.Err
			}
			return errors.Join(err, context.Cause(ctx), backends.ErrUnavailable)
		},
		"Renew": func(ctx context.Context) error { _, err := l.Renew(ctx); return err },
		"Close": l.Close,
	}
}

// wraps reports whether an error wraps one of the contract's sentinels.
func wraps(err error) bool {
	for _, sentinel := range []error{
		backends.ErrSessionLost, backends.ErrUnavailable, backends.ErrInvalid, backends.ErrDenied, backends.ErrUnsupported,
		backends.ErrForeign, backends.ErrSilent, backends.ErrCompacted,
	} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}

// concurrentUse has workers count up one record with compare-and-set, through
// one client, while others use everything else: no count may be lost.
func concurrentUse(e *env) {
	const workers, rounds = 6, 10
	k := e.key("l3", "count")
	e.put(e.a, k, "0", backends.Absent)
	l := e.open(e.a)
	f := e.start(e.a, backends.AtKey(k), backends.AllSessions())
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for round := range rounds {
				if err := e.countUp(k); err != nil {
					e.Errorf("count up: %v", err)
					return
				}
				if err := e.useOthers(l, fmt.Sprint(worker, "-", round)); err != nil {
					e.Errorf("%v", err)
					return
				}
			}
		})
	}
	all.Wait()
	total := strconv.Itoa(workers * rounds)
	if r := e.read(e.b, k); string(r.Value) != total {
		e.Errorf("counted to %s, the record holds %q", total, r.Value)
	}
	f.until("the last count", func() bool { return f.value(k) == total })
}

// countUp adds one to a number.
func (e *env) countUp(k backends.Key) error {
	for {
		read, err := e.a.Read(e.ctx(), k)
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(read[0].Value))
		if err != nil {
			return err
		}
		results, err := e.a.Write(e.ctx(), backends.Write{Key: k, Value: []byte(strconv.Itoa(n + 1)), Expect: read[0].Revision})
		if err != nil {
			return err
		}
		switch r := results[0]; r.Outcome {
		case backends.Applied:
			return nil
		case backends.Conflict:
		default:
			return fmt.Errorf("%v: %w", r.Outcome, r.Err)
		}
	}
}

func (e *env) useOthers(l *life, name string) error {
	if _, err := l.Renew(e.ctx()); err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	if _, err := e.a.Sessions(e.ctx()); err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	if _, err := e.a.List(e.ctx(), "l3/"); err != nil {
		return fmt.Errorf("list: %w", err)
	}
	s, _, err := e.a.OpenSession(e.ctx(), backends.SessionSpec{TTL: e.h.TTL, Description: []byte(name)})
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if err := s.Close(e.ctx()); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}
