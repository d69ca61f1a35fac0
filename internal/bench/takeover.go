package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/partitions"
)

// takeover measures how long partitions of a crashed member are without owner,
// from the instant at which its network falls silent.
func takeover(ctx context.Context, r *rig) ([]row, error) {
	const ttl = 5 * time.Second
	var rows []row
	for _, n := range []int{100, 10000} {
		took, err := crash(ctx, r, n, ttl)
		if err != nil {
			return nil, err
		}
		p50, p99, most := percentile(took, .5), percentile(took, .99), percentile(took, 1)
		rows = append(rows, row{
			fmt.Sprintf("takeover after a crash, %d partitions", n),
			fmt.Sprintf("p50 %.2f p99 %.2f max %.2f s", p50.Seconds(), p99.Seconds(), most.Seconds()),
			fmt.Sprintf("TTL %v", ttl), ratio(p50, ttl), "≤ TTL+1s", p50 <= ttl+time.Second,
		})
	}
	return rows, nil
}

// silenced is a store that stops answering.
type silenced struct {
	backends.Backend
	cut *atomic.Bool
}

func (s silenced) wait(ctx context.Context) error {
	if s.cut.Load() {
		<-ctx.Done()
		return backends.ErrUnavailable
	}
	return nil
}

// Read, Write and OpenSession implement backends.Backend.
func (s silenced) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	return s.Backend.Read(ctx, keys...)
}

// Write implements backends.Backend.
func (s silenced) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	return s.Backend.Write(ctx, writes...)
}

// OpenSession implements backends.Backend.
func (s silenced) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	if err := s.wait(ctx); err != nil {
		return nil, backends.Renewal{}, err
	}
	session, renewal, err := s.Backend.OpenSession(ctx, spec)
	return silencedSession{session, s}, renewal, err
}

type silencedSession struct {
	backends.Session
	s silenced
}

// Renew implements backends.Session.
func (s silencedSession) Renew(ctx context.Context) (backends.Renewal, error) {
	if err := s.s.wait(ctx); err != nil {
		return backends.Renewal{}, err
	}
	return s.Session.Renew(ctx)
}

// Close implements backends.Session.
func (s silencedSession) Close(ctx context.Context) error {
	if err := s.s.wait(ctx); err != nil {
		return err
	}
	return s.Session.Close(ctx)
}

// crash has three members share n partitions, silences one of them, and returns
// for each of its partitions how long it took until another member started it.
func crash(ctx context.Context, r *rig, n int, ttl time.Duration) ([]time.Duration, error) {
	var mu sync.Mutex
	var took []time.Duration
	var cutAt time.Time
	var owned, doomed atomic.Int64 // of the survivors, of the victim
	var cut atomic.Bool
	group := fmt.Sprint("crash", n)
	for i := range 3 {
		victim := i == 2
		node, err := r.member(ctx, fmt.Sprint(group, i), ttl, nil, func(b backends.Backend) backends.Backend {
			if victim {
				return silenced{b, &cut}
			}
			return b
		})
		if err != nil {
			return nil, err
		}
		cfg := counting(group, n, &doomed)
		if !victim {
			cfg = counting(group, n, &owned)
			cfg.OnAcquire = func(context.Context, *partitions.Claim) error {
				mu.Lock()
				defer mu.Unlock()
				if !cutAt.IsZero() {
					took = append(took, time.Since(cutAt))
				}
				owned.Add(1)
				return nil
			}
		}
		if _, err := partitions.Join(ctx, node, cfg); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := partitions.WaitSettled(ctx, r.nodes[len(r.nodes)-3].Backend(), group); err != nil {
		return nil, err
	}
	if err := waitFor(ctx, &owned, int64(n)-doomed.Load()); err != nil {
		return nil, err
	}
	mu.Lock()
	cutAt = time.Now()
	mu.Unlock()
	cut.Store(true)
	if err := waitFor(ctx, &owned, int64(n)); err != nil {
		return nil, err
	}
	mu.Lock()
	defer mu.Unlock()
	cut.Store(false)
	return took, nil
}
