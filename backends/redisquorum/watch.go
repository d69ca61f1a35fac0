package redisquorum

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

const (
	// pollIdle is how late a change by another process is seen while nothing happens.
	pollIdle = 500 * time.Millisecond
	pollFast = 100 * time.Millisecond
)

// Watch implements backends.Backend: it polls, at once after a change by this store, and
// when a session that it follows runs out. While nothing changes, a poll of a directory
// is one small request to each server, however much is in it.
func (s *Store) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	memory := &memory{s: s, known: map[backends.Dir]remembered{}}
	p := &backends.Poll{List: memory.list, Read: s.Read, Sessions: s.sessionsOf(selectors), Idle: pollIdle, Fast: pollFast}
	polled, err := p.Watch(ctx, silence, selectors...)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.watches[p] = true
	s.mu.Unlock()
	events := make(chan backends.Event)
	// This goroutine belongs to the watch and ends with it: only so the store learns of
	// the end of a watch that has failed.
	go func() {
		defer close(events)
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.watches, p)
		}()
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

// hurry makes the watches of this store look now.
func (s *Store) hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.watches {
		p.Hurry()
	}
}

// sessionsOf returns what a watch calls to see the sessions that it follows: a few by
// name, or all.
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
	return func(ctx context.Context) ([]backends.SessionInfo, error) { return s.infos(ctx, ids) }
}

// memory is what a watch has listed before.
type memory struct {
	s *Store

	mu    sync.Mutex // guards known
	known map[backends.Dir]remembered
}

// list returns what it has listed before if a majority of servers, of those that it was
// listed on, has accepted nothing since. Whatever was chosen since has been accepted by
// one of these.
func (m *memory) list(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	m.mu.Lock()
	before, ok := m.known[dir]
	m.mu.Unlock()
	if ok {
		box, err := m.s.poll(ctx, "list "+string(dir), m.s.same(changesScript))
		if err != nil {
			return nil, err
		}
		if before.same(box) >= m.s.majority {
			return before.records, nil
		}
	}
	now, err := m.s.list(ctx, dir)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[dir] = now
	return now.records, nil
}

// same returns how many servers have counted no change since.
func (m remembered) same(box ballotBox) (n int) {
	for _, a := range box.good {
		if before, ok := m.changes[a.server]; ok && m.view == box.view && len(a.value) == 1 && a.value[0] == before {
			n++
		}
	}
	return n
}
