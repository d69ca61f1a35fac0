package redisquorum

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

// ballotBox is the answers of one request to all servers: good are the votes.
type ballotBox struct {
	view string
	good []answer[[]any]
	bad  []answer[[]any]
}

// moved reports whether a server is in another view than the request.
func (b ballotBox) moved() bool {
	return slices.ContainsFunc(b.bad, func(a answer[[]any]) bool { return errors.Is(a.err, errOtherView) })
}

// once asks all servers in a view.
func (s *Store) once(ctx context.Context, view string, build func(i int, view string) request) ballotBox {
	box := ballotBox{view: view}
	for _, a := range gather(s, func(i int) ([]any, error) { return s.servers[i].vote(ctx, build(i, view)) }) {
		if a.err == nil {
			box.good = append(box.good, a)
			continue
		}
		box.bad = append(box.bad, a)
		if noVote(a.err) {
			s.tend()
		}
	}
	return box
}

// poll asks all servers and returns the votes of a majority at least. If the servers
// have moved to another view it learns that and asks again: whoever refused has done
// nothing, and what the others are asked may be asked twice.
func (s *Store) poll(ctx context.Context, doing string, build func(i int, view string) request) (ballotBox, error) {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		box := s.once(ctx, s.currentView(), build)
		if len(box.good) >= s.majority {
			return box, nil
		}
		if !box.moved() || attempt == attempts {
			return box, s.short(doing, box.bad)
		}
		if err := s.agree(ctx); err != nil {
			return box, err
		}
	}
}

// inOneView calls f, which asks more than once in one view, again if the servers were
// moved to another one meanwhile.
func inOneView[T any](f func() (T, error)) (T, error) {
	const attempts = 3
	for attempt := 1; ; attempt++ {
		found, err := f()
		if !errors.Is(err, errOtherView) || attempt == attempts {
			return found, err
		}
	}
}

// short says why there is no majority. The error has the kind that alone keeps it from
// being one, else ErrUnavailable.
func (s *Store) short(doing string, bad []answer[[]any]) error {
	kinds := map[error]int{}
	var texts []string
	var causes []any
	for _, a := range bad {
		kinds[kindOf(a.err)]++
		texts = append(texts, s.servers[a.server].addr+": %w")
		causes = append(causes, rediscall.Explain(a.err))
	}
	kind := backends.ErrUnavailable
	for k, n := range kinds {
		if n > len(s.servers)-s.majority {
			kind = k
		}
	}
	format := "redis quorum: %s: %w: fewer than %d of %d servers vote: " + strings.Join(texts, "; ")
	return fmt.Errorf(format, append([]any{doing, kind, s.majority, len(s.servers)}, causes...)...)
}

// kindOf is the sentinel of what one server has answered.
func kindOf(err error) error {
	if noVote(err) {
		return backends.ErrUnavailable
	}
	for _, kind := range []error{backends.ErrDenied, backends.ErrUnsupported} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return rediscall.Kind(err)
}
