package redisstore

import (
	"context"
	"slices"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

const (
	// pollIdle is how late a change is seen whose hint was lost.
	pollIdle = 2 * time.Second
	// pollFast is long, because it follows a hint: more changes bring more hints.
	pollFast = 500 * time.Millisecond
)

// Watch implements backends.Backend: it polls, at once when a hint tells of something
// that the selectors name, and when a session that it follows runs out.
func (s *Store) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	p := &backends.Poll{List: s.List, Read: s.Read, Sessions: s.sessionsOf(selectors), Stamp: s.newestWrite, Idle: pollIdle, Fast: pollFast}
	// The hints begin before the snapshot, so that none falls between.
	l := &listener{wants: s.wanted(selectors), tell: p.Hurry}
	s.hints.add(l)
	polled, err := p.Watch(ctx, silence, selectors...)
	if err != nil {
		s.hints.remove(l)
		return nil, err
	}
	events := make(chan backends.Event)
	// This goroutine belongs to the watch and ends with it: only so the hints learn
	// of the end of a watch that has failed.
	go func() {
		defer close(events)
		defer s.hints.remove(l)
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

// newestWrite returns what is another text after each write to the namespace, on one
// server and across a failover: with writes, their name is lost.
func (s *Store) newestWrite(ctx context.Context) (string, error) {
	reply, err := s.run(ctx, newestScript, []string{s.newest})
	if err != nil {
		return "", rediscall.Wrap("look for the newest write", err)
	}
	text, ok := reply.(string)
	if !ok {
		return "", rediscall.Wrap("look for the newest write", rediscall.Strange(reply))
	}
	return text, nil
}

// sessionsOf returns what a watch calls to see the sessions that it follows: a few
// by name, or all.
func (s *Store) sessionsOf(selectors []backends.Selector) func(context.Context) ([]backends.SessionInfo, error) {
	var ids []backends.SessionID
	for _, selector := range selectors {
		if selector.Sessions() {
			return s.Sessions
		}
		if id := selector.Session(); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return func(ctx context.Context) ([]backends.SessionInfo, error) { return s.look(ctx, ids) }
}

// wanted reports of a name in a hint whether a selector covers it.
func (s *Store) wanted(selectors []backends.Selector) func(name string) bool {
	return func(name string) bool {
		id, isSession := s.sessionOf(name)
		return slices.ContainsFunc(selectors, func(selector backends.Selector) bool {
			switch {
			case isSession:
				return selector.Sessions() || selector.Session() == id
			case selector.Dir() != "":
				return selector.Dir().Has(backends.Key(name))
			}
			return selector.Key() == backends.Key(name)
		})
	}
}
