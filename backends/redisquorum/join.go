package redisquorum

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

const (
	// joinIdle is after how long without progress another process may take over.
	joinIdle = 10 * time.Second
	// dumpPage is how many items are copied at once, as a hint to the server.
	dumpPage = 50
)

// join catches one server up that has lost its memory, or may have lost some, so that
// it votes again. The order of the steps is what makes it safe: see the package
// documentation.
func (s *Store) join(ctx context.Context, i int, from standing) error {
	if from.status == stateJoining && from.idle < joinIdle {
		return nil // another process does it
	}
	tag := rand.Text()
	if ok, err := s.move(ctx, i, from, stateJoining, tag); err != nil || !ok {
		return err
	}
	view := rand.Text()
	if err := s.moveAll(ctx, s.standings(ctx, s.majority), view); err != nil {
		return err
	}
	copied := 0
	for _, a := range gather(s, func(j int) (bool, error) { return j != i, s.copyAll(ctx, view, j, i, tag) }) {
		if a.err == nil && a.value {
			copied++
		}
	}
	if copied < s.majority {
		return fmt.Errorf("redis quorum: catch %s up: %w: only %d servers have given it what they remember", s.servers[i].addr, backends.ErrUnavailable, copied)
	}
	_, err := s.move(ctx, i, standing{status: stateJoining, stored: stateJoining, view: tag}, stateReady, view)
	return err
}

// copyAll gives one server all that another one remembers in a view. Rows come before
// the marks of ended sessions, so that one which ends meanwhile is seen as the one or
// the other.
func (s *Store) copyAll(ctx context.Context, view string, from, to int, tag string) error {
	if from == to {
		return nil
	}
	for _, what := range []string{"records", "sessions", "ended"} {
		for cursor := "0"; ; {
			items, err := s.servers[from].vote(ctx, request{dumpScript, s.roots, []any{view, what, cursor, dumpPage, s.row}})
			if err != nil {
				return err
			}
			if len(items) < 2 {
				return rediscall.Strange(items)
			}
			reply, err := rediscall.Run(ctx, s.servers[to].at, mergeScript, s.roots, append([]any{tag, s.row, items[0]}, items[2:]...)...)
			if err != nil {
				return err
			}
			if reply != int64(1) {
				return errEmpty
			}
			if cursor, _ = items[1].(string); cursor == "0" || cursor == "" {
				break
			}
		}
	}
	return nil
}
