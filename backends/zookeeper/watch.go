package zookeeper

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
)

const (
	// pollIdle is how late a change is seen whose hint was lost.
	pollIdle = 2 * time.Second
	// pollFast is long, because it follows a hint: more changes bring more hints.
	pollFast = 500 * time.Millisecond
)

// Watch implements backends.Backend: it polls, and at once when one of ZooKeeper's
// watches fires that the polls set. A request has half of the silence, so that there is
// time to ask another server.
func (s *Store) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	h, sessions := s.hints, s.sessionsOf(selectors)
	p := &backends.Poll{
		List: func(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
			return bounded(ctx, silence/2, func(ctx context.Context) ([]backends.Record, error) { return s.list(ctx, h, dir) })
		},
		Read: func(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
			return bounded(ctx, silence/2, func(ctx context.Context) ([]backends.Record, error) { return s.read(ctx, h, keys) })
		},
		Sessions: func(ctx context.Context) ([]backends.SessionInfo, error) { return bounded(ctx, silence/2, sessions) },
		Idle:     s.idle, Fast: s.fast,
	}
	l := &listener{wants: s.wanted(selectors), tell: p.Hurry}
	h.add(l)
	polled, err := p.Watch(ctx, silence, selectors...)
	if err != nil {
		h.remove(l)
		return nil, err
	}
	events := make(chan backends.Event)
	// This goroutine belongs to the watch and ends with it: only so the hints learn of
	// the end of a watch that has failed.
	go func() {
		defer close(events)
		defer h.remove(l)
		for e := range polled {
			select {
			case events <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	return events, nil
}

func bounded[T any](ctx context.Context, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}

// sessionsOf returns what a watch calls to see the sessions that it follows: a few by
// name, or all.
func (s *Store) sessionsOf(selectors []backends.Selector) func(context.Context) ([]backends.SessionInfo, error) {
	var ids []backends.SessionID
	for _, selector := range selectors {
		if selector.Sessions() {
			return func(ctx context.Context) ([]backends.SessionInfo, error) { return s.listSessions(ctx, s.hints) }
		}
		if id := selector.Session(); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return func(ctx context.Context) (infos []backends.SessionInfo, err error) {
		err = s.settled(ctx, s.hints, func() error {
			infos, err = s.look(ctx, s.hints, ids)
			return err
		})
		if err != nil {
			return nil, wrap("look at sessions", err)
		}
		return infos, nil
	}
}

// wanted reports of a znode that changed whether a selector covers it.
func (s *Store) wanted(selectors []backends.Selector) func(path string) bool {
	return func(path string) bool {
		return slices.ContainsFunc(selectors, func(selector backends.Selector) bool {
			switch {
			case selector.Sessions():
				return within(path, s.sessions())
			case selector.Session() != "":
				return path == s.sessionPath(selector.Session())
			case selector.Dir() != "":
				return within(path, strings.TrimSuffix(s.recordPath(backends.Key(selector.Dir())), "/"))
			}
			return path == s.recordPath(selector.Key())
		})
	}
}

// within reports whether a path is a znode or below it.
func within(path, top string) bool { return path == top || strings.HasPrefix(path, top+"/") }
