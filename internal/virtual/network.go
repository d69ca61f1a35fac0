package virtual

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// Network is a node's way to the store. It implements backends.Backend on top
// of the store's client, and is safe for concurrent use.
type Network struct {
	backends.Backend
	clock  *Clock
	world  context.Context          // ends with the simulation
	renews func(backends.SessionID) // told of each renewal sent

	mu    sync.Mutex // guards what follows
	rng   *rand.Rand
	state State
}

// NewNetwork returns a network without faults from a node with the given clock
// to the store. It lasts until world ends. seed decides what happens to each
// call. renews is told of each renewal that the node sends.
func NewNetwork(world context.Context, store backends.Backend, clock *Clock, seed uint64, renews func(backends.SessionID)) *Network {
	return &Network{Backend: store, clock: clock, world: world, renews: renews, rng: seeded(seed)}
}

// Set changes, or looks at, what the network does. f must not block.
func (n *Network) Set(f func(*State)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f(&n.state)
}

// nap waits, or until the simulation ends.
func (n *Network) nap(d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-n.world.Done():
	}
}

// through carries one call to the store and its answer back.
func through[T any](ctx context.Context, n *Network, write bool, do func(context.Context) (T, error)) (value T, err error) {
	n.clock.Running()
	f := n.draw()
	lost := func() (T, error) {
		<-ctx.Done()
		n.clock.Running()
		var none T
		return none, fmt.Errorf("%w: %w: %w", backends.ErrUnavailable, errNetwork, context.Cause(ctx))
	}
	switch {
	case f.cut, f.loseRequest:
		return lost()
	case f.late:
		go func() {
			n.nap(f.before + f.later)
			_, _ = do(n.world) // nobody hears the answer
		}()
		return lost()
	}
	if f.before > 0 {
		select {
		case <-time.After(f.before):
		case <-ctx.Done():
			// Given up while the request was on its way: it still arrives.
			go func() {
				n.nap(f.later)
				_, _ = do(n.world)
			}()
			return lost()
		}
	}
	value, err = do(n.world)
	if f.twice && write {
		go func() {
			n.nap(f.later)
			_, _ = do(n.world)
		}()
	}
	if f.loseReply {
		return lost()
	}
	select {
	case <-time.After(f.after):
	case <-ctx.Done():
		return lost()
	}
	n.clock.Running()
	if !n.heard(ctx) {
		return lost()
	}
	return value, err
}

// heard waits while answers are held back, and reports whether one arrives.
func (n *Network) heard(ctx context.Context) bool {
	n.mu.Lock()
	held := n.state.Held
	n.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return false
		}
	}
	return !n.silent()
}

// silent reports whether nothing that the store says arrives.
func (n *Network) silent() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.state.Cut || n.state.Deaf
}

// Read implements backends.Backend.
func (n *Network) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	return through(ctx, n, false, func(ctx context.Context) ([]backends.Record, error) { return n.Backend.Read(ctx, keys...) })
}

// List implements backends.Backend.
func (n *Network) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	return through(ctx, n, false, func(ctx context.Context) ([]backends.Record, error) { return n.Backend.List(ctx, dir) })
}

// Sessions implements backends.Backend.
func (n *Network) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	return through(ctx, n, false, n.Backend.Sessions)
}

// Write implements backends.Backend: what the store may have seen is unknown.
func (n *Network) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if n.blocks(writes) {
		<-ctx.Done()
		return unknown(writes, errNetwork), nil
	}
	if later := n.holds(writes); later > 0 {
		go func() {
			n.nap(later)
			_, _ = n.Backend.Write(n.world, writes...)
		}()
		<-ctx.Done()
		return unknown(writes, errNetwork), nil
	}
	results, err := through(ctx, n, true, func(ctx context.Context) ([]backends.Result, error) {
		if len(writes) > 0 {
			n.Set(func(s *State) { s.Writes, s.Wrote = s.Writes+1, writes[0] })
		}
		return n.Backend.Write(ctx, writes...)
	})
	if errors.Is(err, errNetwork) {
		return unknown(writes, err), nil
	}
	return results, err
}

func unknown(writes []backends.Write, err error) []backends.Result {
	results := make([]backends.Result, len(writes))
	for i := range results {
		results[i] = backends.Result{Outcome: backends.Unknown, Err: err}
	}
	return results
}

func (n *Network) holds(writes []backends.Write) (later time.Duration) {
	n.mu.Lock()
	hold := n.state.Hold
	n.mu.Unlock()
	for _, w := range writes {
		if hold != nil {
			later = max(later, hold(w))
		}
	}
	return later
}

func (n *Network) blocks(writes []backends.Write) bool {
	n.mu.Lock()
	block := n.state.Block
	n.mu.Unlock()
	return block != nil && slices.ContainsFunc(writes, block)
}

// OpenSession implements backends.Backend.
func (n *Network) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	type opened struct {
		s backends.Session
		r backends.Renewal
	}
	o, err := through(ctx, n, false, func(ctx context.Context) (opened, error) {
		s, r, err := n.Backend.OpenSession(ctx, spec)
		return opened{s, r}, err
	})
	if err != nil {
		return nil, backends.Renewal{}, err
	}
	return &session{o.s, n}, o.r, nil
}

type session struct {
	backends.Session
	n *Network
}

// Renew implements backends.Session.
func (s *session) Renew(ctx context.Context) (backends.Renewal, error) {
	s.n.renews(s.ID())
	return through(ctx, s.n, false, s.Session.Renew)
}

// Close implements backends.Session.
func (s *session) Close(ctx context.Context) error {
	_, err := through(ctx, s.n, false, func(ctx context.Context) (struct{}, error) { return struct{}{}, s.Session.Close(ctx) })
	return err
}
