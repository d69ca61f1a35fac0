package redisquorum

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

const (
	// patience is how long a call waits for the rest of the servers once a majority
	// has answered: nothing depends on it, but all servers that answer stay in step.
	patience = 100 * time.Millisecond
	// maxPending bounds the requests that wait for a silent server.
	maxPending = 16
)

// Reasons why a server that answers does not vote.
var (
	errOtherView = errors.New("it is in another view")
	errEmpty     = errors.New("it has no data of this namespace, or has lost it")
	errRestarted = errors.New("it was restarted and is not caught up yet")
	errJoining   = errors.New("it is being caught up")
	errSilent    = errors.New("it owes many answers and is not asked for now")
)

// server is one of the independent servers.
type server struct {
	client  *redis.Client
	addr    string
	silent  atomic.Bool // its last request took longer than patience
	pending atomic.Int32
}

// request is what one server is asked.
type request struct {
	script *redis.Script
	keys   []string
	args   []any
}

func (v *server) at() (*redis.Client, error) { return v.client, nil }

// run runs a script and returns the list that it answers.
func (v *server) run(ctx context.Context, q request) ([]any, error) {
	if v.silent.Load() && v.pending.Load() >= maxPending {
		return nil, fmt.Errorf("%w: %w", rediscall.ErrNotSent, errSilent)
	}
	v.pending.Add(1)
	defer v.pending.Add(-1)
	late := time.AfterFunc(patience, func() { v.silent.Store(true) })
	reply, err := rediscall.Run(ctx, v.at, q.script, q.keys, q.args...)
	if late.Stop() {
		v.silent.Store(false)
	}
	if err != nil {
		return nil, err
	}
	items, ok := reply.([]any)
	if !ok {
		return nil, rediscall.Strange(reply)
	}
	return items, nil
}

// vote runs a script that only a server that may vote runs, and takes the word off
// that says so.
func (v *server) vote(ctx context.Context, q request) ([]any, error) {
	items, err := v.run(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, rediscall.Strange(items)
	}
	switch items[0] {
	case "ok":
		return items[1:], nil
	case "view":
		return nil, errOtherView
	case "empty":
		return nil, errEmpty
	case "restarted":
		return nil, errRestarted
	default:
		return nil, errJoining
	}
}

// noVote reports whether a server has refused a request because it may not vote. Such
// a request has no effect.
func noVote(err error) bool {
	return errors.Is(err, errOtherView) || errors.Is(err, errEmpty) || errors.Is(err, errRestarted) || errors.Is(err, errJoining)
}

// answer is what came of asking one server.
type answer[T any] struct {
	server int
	value  T
	err    error
}

// gather asks all servers at once. It returns when all have answered; once a majority
// has without an error it waits only for those that are not silent, and no longer than
// patience. When ctx is done each of them returns by itself. The goroutines of those
// that it does not wait for end with their requests.
func gather[T any](s *Store, ask func(i int) (T, error)) []answer[T] {
	return gatherAtLeast(s, s.majority, ask)
}

// gatherAtLeast is gather that waits for a number of servers without an error.
func gatherAtLeast[T any](s *Store, least int, ask func(i int) (T, error)) []answer[T] {
	answers := make(chan answer[T], len(s.servers))
	for i := range s.servers {
		go func() {
			value, err := ask(i)
			answers <- answer[T]{i, value, err}
		}()
	}
	var got []answer[T]
	var enough <-chan time.Time
	good := 0
	asked := make([]bool, len(s.servers)) // whose answer has come
	for len(got) < len(s.servers) {
		select {
		case a := <-answers:
			got, asked[a.server] = append(got, a), true
			if a.err == nil {
				good++
			}
		case <-enough:
			return got
		}
		if good < least {
			continue
		}
		if enough == nil {
			timer := time.NewTimer(patience)
			defer timer.Stop()
			enough = timer.C
		}
		if s.onlySilent(asked) {
			return got
		}
	}
	return got
}

// onlySilent reports whether all servers whose answer has not come are silent.
func (s *Store) onlySilent(answered []bool) bool {
	for i, v := range s.servers {
		if !answered[i] && !v.silent.Load() {
			return false
		}
	}
	return true
}
