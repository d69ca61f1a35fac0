package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions"
)

// journal is told who works on what: the referee, or a file that it reads.
type journal interface {
	start(member, partition string, token claim.Token)
	piece(member, partition string, token claim.Token)
	stop(member, partition string, token claim.Token)
}

// member works on what it owns until it leaves.
type member struct {
	node  *membership.Node
	ended chan error
}

// enter joins the group and begins to work.
func enter(ctx context.Context, store backends.Backend, cfg membership.Config, group string, j journal) (*member, error) {
	node, err := membership.Join(ctx, store, cfg)
	if err != nil {
		return nil, err
	}
	m := &member{node: node, ended: make(chan error, 1)}
	go func() {
		m.ended <- partitions.Run(context.Background(), node, partitions.Config{
			Group:      group,
			Partitions: partitions.Count(partitionCount),
			OnAcquire: func(ctx context.Context, c *partitions.Claim) error {
				work(ctx, c, cfg.Name, j)
				return nil
			},
		})
	}()
	return m, nil
}

// work works on one partition until the claim ends.
func work(ctx context.Context, c *partitions.Claim, name string, j journal) {
	j.start(name, c.Partition(), c.Token())
	defer j.stop(name, c.Partition(), c.Token())
	for ctx.Err() == nil && c.Check() == nil { // Check, right before each effect
		j.piece(name, c.Partition(), c.Token())
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// leave hands over what the member owns, and waits until it has ended.
func (m *member) leave(ctx context.Context) error {
	if err := m.node.Leave(ctx); err != nil {
		return err
	}
	if err := <-m.ended; !errors.Is(err, membership.ErrLeft) {
		return fmt.Errorf("it ended by itself: %w", err)
	}
	return nil
}

// plans is an observer that adds up what the coordinators planned.
type plans struct {
	mu                     sync.Mutex
	moves, minimum, placed int
}

// Observe implements observe.Observer.
func (p *plans) Observe(e observe.Event) {
	if made, ok := e.(observe.PlanMade); ok {
		p.add(made.Moves, made.LowerBound, made.Placed)
	}
}

func (p *plans) add(moves, minimum, placed int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moves += moves
	p.minimum += minimum
	p.placed += placed
}

func (p *plans) sum() (moves, minimum, placed int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.moves, p.minimum, p.placed
}
