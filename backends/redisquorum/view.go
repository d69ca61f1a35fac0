package redisquorum

import (
	"context"
	crypto "crypto/rand"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

// The states of a server. A server without one is empty, and one whose process is not
// that which was given the state is restarted, whatever it has stored.
const (
	stateReady   = "ready"   // it votes, in its view
	stateJoining = "joining" // it is given what the others remember, under a tag
	stateStopped = "stopped" // joining has failed
	stateBorn    = "born"    // Create has found it empty, under a tag
	isEmpty      = "empty"
	isRestarted  = "restarted"
)

// standing is what a server says of itself.
type standing struct {
	status string // a state, or isEmpty, or isRestarted
	stored string // the state that it has stored
	view   string // its view, or the tag of joining or born
	idle   time.Duration
}

// standings asks all servers for theirs. One that is slow may be missing, if at least
// so many others have told.
func (s *Store) standings(ctx context.Context, least int) []answer[standing] {
	return gatherAtLeast(s, least, func(i int) (standing, error) {
		items, err := s.servers[i].run(ctx, request{statusScript, s.roots[:1], nil})
		if err != nil {
			return standing{}, err
		}
		if len(items) != 5 {
			return standing{}, rediscall.Strange(items)
		}
		var found standing
		found.status, _ = items[0].(string)
		found.stored, _ = items[1].(string)
		found.view, _ = items[2].(string)
		idle, _ := items[3].(int64)
		found.idle = time.Duration(idle) * time.Millisecond
		return found, nil
	})
}

// move takes one server from a standing to another, and reports whether it had that
// standing. Views and tags are random and never return, so nothing happens in between
// unseen.
func (s *Store) move(ctx context.Context, i int, from standing, state, view string) (bool, error) {
	reply, err := rediscall.Run(ctx, s.servers[i].at, markScript, s.roots[:1], from.status, from.stored, from.view, state, view)
	return reply == int64(1), err
}

// agree finds the view that a majority is in. If there is none for a while, because
// somebody was stopped while it moved the servers, it moves them to a fresh one.
func (s *Store) agree(ctx context.Context) error {
	const attempts = 6
	err := fmt.Errorf("redis quorum: %w: other processes keep moving the servers to other views", backends.ErrUnavailable)
	for attempt := range attempts {
		found := s.standings(ctx, s.majority)
		ready := readyIn(found, "")
		if len(ready) < s.majority {
			return s.notReady(found)
		}
		for _, a := range ready {
			if len(readyIn(found, a.value.view)) >= s.majority {
				s.setView(a.value.view)
				return nil
			}
		}
		if attempt > 1 && s.moveAll(ctx, found, crypto.Text()) == nil {
			return nil
		}
		if pause(ctx, attempt+2) != nil {
			return fmt.Errorf("redis quorum: agree on a view: %w: %w", backends.ErrUnavailable, context.Cause(ctx))
		}
	}
	return err
}

// readyIn returns the servers that vote in a view, or in any for "".
func readyIn(found []answer[standing], view string) (ready []answer[standing]) {
	for _, a := range found {
		if a.err == nil && a.value.status == stateReady && (view == "" || a.value.view == view) {
			ready = append(ready, a)
		}
	}
	return ready
}

// moveAll moves all servers that vote to a view that no server was ever in. It returns
// an error unless a majority is there. The standings must be of before: a server that
// was moved since stays where it is.
func (s *Store) moveAll(ctx context.Context, found []answer[standing], view string) error {
	there := 0
	for _, a := range readyIn(found, "") {
		if ok, err := s.move(ctx, a.server, a.value, stateReady, view); ok && err == nil {
			there++
		}
	}
	if there < s.majority {
		return fmt.Errorf("redis quorum: %w: only %d of %d servers could be moved to a new view", backends.ErrUnavailable, there, len(s.servers))
	}
	s.setView(view)
	return nil
}

// notReady says why too few servers vote, and what to do.
func (s *Store) notReady(found []answer[standing]) error {
	kinds := map[string]int{}
	box := make([]answer[[]any], 0, len(found))
	for _, a := range found {
		err := a.err
		if err == nil {
			kinds[a.value.status]++
			switch a.value.status {
			case stateReady:
				continue
			case isEmpty:
				err = errEmpty
			case isRestarted:
				err = errRestarted
			default:
				err = errJoining
			}
		}
		box = append(box, answer[[]any]{a.server, nil, err})
	}
	err := s.short("look for a majority", box)
	switch {
	case kinds[isEmpty]+kinds[stateBorn] > 0 && kinds[stateReady]+kinds[isRestarted] == 0:
		return fmt.Errorf("%w; if the namespace is new, call Create once", err)
	case kinds[stateReady]+kinds[isRestarted] >= s.majority:
		return fmt.Errorf("%w; a majority was restarted: see Trust", err)
	}
	return err
}

// pause waits a random time that doubles with every attempt, up to 100 ms: of two that
// are in each other's way one comes first.
func pause(ctx context.Context, attempt int) error {
	limit := min(time.Millisecond<<min(attempt, 10), 100*time.Millisecond)
	timer := time.NewTimer(rand.N(limit) + limit/2)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
