package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions"
)

// stage is where the members act: one store, and what watches them.
type stage struct {
	store   *memory.Store
	clock   membership.Clock
	referee *referee
	plans   *plans
	members []*member
}

// member stands for one process.
type member struct {
	name    string
	network *network
	node    *membership.Node
	ended   chan error
}

// join starts members that work on what they own until they leave.
func (s *stage) join(ctx context.Context, names ...string) error {
	for _, name := range names {
		m := &member{name: name, network: newNetwork(s.store.Client("quickstart")), ended: make(chan error, 1)}
		node, err := membership.Join(ctx, m.network, membership.Config{Name: name, TTL: ttl, Observer: s.plans, Clock: s.clock})
		if err != nil {
			return err
		}
		m.node = node
		s.members = append(s.members, m)
		go func() {
			m.ended <- partitions.Run(context.Background(), node, partitions.Config{
				Group:      "orders",
				Partitions: partitions.Count(partitionCount),
				OnAcquire: func(ctx context.Context, c *partitions.Claim) error {
					s.work(ctx, c, name)
					return nil
				},
			})
		}()
	}
	return nil
}

// work works on one partition until the claim ends.
func (s *stage) work(ctx context.Context, c *partitions.Claim, name string) {
	s.referee.start(name, c.Partition())
	defer s.referee.stop(name, c.Partition())
	for ctx.Err() == nil && c.Check() == nil { // Check, right before each effect
		s.referee.piece(name, c.Partition(), c.Token())
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// crash takes the network away: the member can tell nobody that it is going.
func (s *stage) crash(name string) {
	s.find(name).network.cut()
}

func (s *stage) leave(ctx context.Context, name string) error {
	m := s.find(name)
	if err := m.node.Leave(ctx); err != nil {
		return err
	}
	if err := <-m.ended; !errors.Is(err, membership.ErrLeft) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// leaveAll ends the members that are still there. The crashed one cannot tell
// the store: its session ends by itself.
func (s *stage) leaveAll() error {
	ctx, cancel := context.WithTimeout(context.Background(), ttl)
	defer cancel()
	var leaving sync.WaitGroup
	errs := make([]error, len(s.members))
	for i, m := range s.members {
		leaving.Go(func() {
			err := m.node.Leave(ctx)
			if !errors.Is(err, membership.ErrLeft) && !m.network.isCut() {
				errs[i] = err
			}
		})
	}
	leaving.Wait()
	return errors.Join(errs...)
}

func (s *stage) find(name string) *member {
	for _, m := range s.members {
		if m.name == name {
			return m
		}
	}
	panic("the story has no member " + name)
}

// plans is an observer that adds up what the coordinators planned.
type plans struct {
	mu                     sync.Mutex
	moves, minimum, placed int
}

// Observe implements observe.Observer.
func (p *plans) Observe(e observe.Event) {
	made, ok := e.(observe.PlanMade)
	if !ok {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moves += made.Moves
	p.minimum += made.LowerBound
	p.placed += made.Placed
}

func (p *plans) sum() (moves, minimum, placed int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.moves, p.minimum, p.placed
}
