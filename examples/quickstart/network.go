package main

import (
	"context"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// network is the way from one member to the store. After cut every call hangs
// until its context ends: to the others that is what a crash looks like.
type network struct {
	backends.Backend
	once sync.Once
	gone chan struct{}
}

func newNetwork(b backends.Backend) *network {
	return &network{Backend: b, gone: make(chan struct{})}
}

func (n *network) cut() { n.once.Do(func() { close(n.gone) }) }

func (n *network) isCut() bool {
	select {
	case <-n.gone:
		return true
	default:
		return false
	}
}

// pass returns at once while the network is there, else when ctx ends.
func (n *network) pass(ctx context.Context) error {
	if !n.isCut() {
		return nil
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// OpenSession implements backends.Backend.
func (n *network) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	if err := n.pass(ctx); err != nil {
		return nil, backends.Renewal{}, err
	}
	s, granted, err := n.Backend.OpenSession(ctx, spec)
	return &session{s, n}, granted, err
}

// Sessions implements backends.Backend.
func (n *network) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	if err := n.pass(ctx); err != nil {
		return nil, err
	}
	return n.Backend.Sessions(ctx)
}

// Read implements backends.Backend.
func (n *network) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	if err := n.pass(ctx); err != nil {
		return nil, err
	}
	return n.Backend.Read(ctx, keys...)
}

// List implements backends.Backend.
func (n *network) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	if err := n.pass(ctx); err != nil {
		return nil, err
	}
	return n.Backend.List(ctx, dir)
}

// Write implements backends.Backend.
func (n *network) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if err := n.pass(ctx); err != nil {
		return nil, err
	}
	return n.Backend.Write(ctx, writes...)
}

// Watch implements backends.Backend.
func (n *network) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	if err := n.pass(ctx); err != nil {
		return nil, err
	}
	in, err := n.Backend.Watch(ctx, silence, selectors...)
	if err != nil {
		return nil, err
	}
	out := make(chan backends.Event)
	go func() {
		defer close(out)
		for e := range in {
			if n.pass(ctx) != nil {
				return
			}
			select {
			case out <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

// session is a session behind the network.
type session struct {
	backends.Session
	network *network
}

// Renew implements backends.Session.
func (s *session) Renew(ctx context.Context) (backends.Renewal, error) {
	if err := s.network.pass(ctx); err != nil {
		return backends.Renewal{}, err
	}
	return s.Session.Renew(ctx)
}

// Close implements backends.Session.
func (s *session) Close(ctx context.Context) error {
	if err := s.network.pass(ctx); err != nil {
		return err
	}
	return s.Session.Close(ctx)
}
