package redisquorum

import (
	"context"
	"crypto/rand"
	"time"
)

const (
	// tendPause is the least time between two looks at the servers.
	tendPause = time.Second
	// tendLimit bounds one look, with all that it copies.
	tendLimit = 5 * time.Minute
)

// tend looks after the servers in the background, because one of them does not vote: it
// moves those that stayed behind to the view of the majority and catches up those that
// have lost their memory. It decides nothing about records or sessions. There is one
// such goroutine of a store at most; it belongs to the store and ends by itself when
// that is done, or has failed, and after tendLimit.
func (s *Store) tend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tending || time.Since(s.tended) < tendPause {
		return
	}
	s.tending = true
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), tendLimit)
		defer cancel()
		s.lookAfter(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tending, s.tended = false, time.Now()
	}()
}

// lookAfter does what it can: the next request that misses a vote calls it again.
func (s *Store) lookAfter(ctx context.Context) {
	// Many processes notice at once; of these one should be early.
	if pause(ctx, 10) != nil {
		return
	}
	found := s.standings(ctx, s.majority)
	if ready := readyIn(found, ""); len(ready) > 0 && len(readyIn(found, ready[0].value.view)) < len(ready) {
		_ = s.moveAll(ctx, found, rand.Text())
	}
	for _, a := range found {
		if a.err == nil && a.value.status != stateReady && len(readyIn(found, "")) >= s.majority {
			_ = s.join(ctx, a.server, a.value)
		}
	}
}
