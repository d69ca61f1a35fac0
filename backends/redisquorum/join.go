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
	joining := standing{status: stateJoining, stored: stateJoining, view: rand.Text()}
	if ok, err := s.move(ctx, i, from, stateJoining, joining.view); err != nil || !ok {
		return err
	}
	view := rand.Text()
	err := s.moveAll(ctx, s.standings(ctx, s.majority), view)
	if err == nil {
		err = s.copyFromAll(ctx, view, i, joining.view)
	}
	if err != nil {
		_, _ = s.move(ctx, i, joining, stateStopped, joining.view) // so that others need not wait
		return err
	}
	_, err = s.move(ctx, i, joining, stateReady, view)
	return err
}

// copyFromAll gives a server what a majority of the others remembers in a view.
func (s *Store) copyFromAll(ctx context.Context, view string, to int, tag string) error {
	copied := 0
	for _, a := range gather(s, func(from int) (bool, error) { return from != to, s.copyAll(ctx, view, from, to, tag) }) {
		if a.err == nil && a.value {
			copied++
		}
	}
	if copied < s.majority {
		return fmt.Errorf("redis quorum: catch %s up: %w: only %d servers have given it what they remember", s.servers[to].addr, backends.ErrUnavailable, copied)
	}
	return nil
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
