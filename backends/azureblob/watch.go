package azureblob

import (
	"context"
	"slices"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// How often a watch looks when nothing changes, and when something does. Each look is
// paid for.
const (
	pollIdle = 5 * time.Second
	pollFast = 500 * time.Millisecond
)

// Watch implements backends.Backend by polling.
func (s *Store) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	p := &backends.Poll{List: s.List, Read: s.Read, Sessions: s.sessionsOf(selectors), Idle: pollIdle, Fast: pollFast}
	return p.Watch(ctx, silence, selectors...)
}

// fewSessions is up to how many sessions a watch looks at one by one. To list all costs
// about as much as a dozen looks.
const fewSessions = 10

// sessionsOf returns what a watch calls to see the sessions that it follows.
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
	if len(ids) > fewSessions {
		return s.Sessions
	}
	return func(ctx context.Context) ([]backends.SessionInfo, error) { return s.look(ctx, ids) }
}
