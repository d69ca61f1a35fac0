package redisquorum

import (
	"context"
	"time"

	"github.com/tenure-go/tenure/backends"
)

const (
	// graveAge is how long a tombstone is kept at least: far longer than contention.
	graveAge = time.Hour
	// sweepPause is the least time between two sweeps by one store.
	sweepPause = 10 * time.Minute
	// sweepLimit bounds one sweep.
	sweepLimit = time.Minute
)

// collect drops old tombstones in the background, at most every sweepPause, after calls
// that have deleted something. The goroutine belongs to the store and ends by itself
// when all is dropped that can be, and after sweepLimit.
func (s *Store) collect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.swept) < sweepPause {
		return
	}
	s.swept = time.Now()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), sweepLimit)
		defer cancel()
		for {
			dropped, err := s.sweep(ctx, graveAge)
			if err != nil || dropped < maxBatch {
				return
			}
		}
	}()
}

// sweep drops up to a hundred tombstones that are of an age. Each must be on every
// server: one that was away could else bring an older version back. The others are
// brought there, for the next sweep.
func (s *Store) sweep(ctx context.Context, age time.Duration) (int, error) {
	box, err := s.poll(ctx, "look for tombstones", s.same(gravesScript, age.Milliseconds(), maxBatch))
	if err != nil || len(box.good[0].value) == 0 {
		return 0, err
	}
	keys := box.good[0].value
	box, err = s.poll(ctx, "read tombstones", s.same(readScript, append([]any{maxBytes}, keys...)...))
	if err != nil || len(box.good) < len(s.servers) {
		return 0, err
	}
	var drop []any
	var mend []*item
	for n, key := range keys {
		name, _ := key.(string)
		i := &item{key: backends.Key(name), reads: true, mends: true}
		var votes []*version
		for _, a := range box.good {
			if n < len(a.value) {
				votes = i.count(votes, a.value[n])
			}
		}
		if v := everywhere(votes, len(s.servers)); v != nil {
			drop = append(drop, name, v.revision)
		} else {
			mend = append(mend, i)
		}
	}
	if len(drop) > 0 {
		s.once(ctx, box.view, s.same(dropScript, drop...))
	}
	return len(drop) / 2, s.settle(ctx, "mend tombstones", mend, false)
}

// everywhere returns the tombstone that all servers have, whichever ballots, or nil.
func everywhere(votes []*version, servers int) *version {
	if len(votes) < servers {
		return nil
	}
	for _, v := range votes {
		if v == nil || !v.gone || v.revision != votes[0].revision {
			return nil
		}
	}
	return votes[0]
}
