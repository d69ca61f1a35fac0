package tenuretest_test

import (
	"context"
	"errors"
	"time"

	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions"
	"github.com/tenure-go/tenure/tenuretest"
)

// table is what the workers write to, as the code under test sees it.
type table interface {
	Insert(partition string, token claim.Token, row string) error
}

// work is a correct worker: it owns partitions of the group "orders" and
// inserts a row of each once per second. It looks at the clock right before the
// insert, and sends the token along.
func work(ctx context.Context, node *membership.Node, t table) error {
	return partitions.Run(ctx, node, partitions.Config{
		Group:      "orders",
		Partitions: partitions.Count(6),
		OnAcquire: func(ctx context.Context, c *partitions.Claim) error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(time.Second):
				}
				if c.Check() != nil {
					return nil
				}
				if err := t.Insert(c.Partition(), c.Token(), "a row"); err != nil {
					return err
				}
			}
		},
	})
}

// carelessWork is a worker with a mistake: it looks at its context before it
// begins with a row and not before it inserts it, five seconds later.
func carelessWork(ctx context.Context, node *membership.Node, t table) error {
	return partitions.Run(ctx, node, partitions.Config{
		Group:      "orders",
		Partitions: partitions.Count(6),
		OnAcquire: func(ctx context.Context, c *partitions.Claim) error {
			for ctx.Err() == nil {
				time.Sleep(5 * time.Second) // a slow computation
				if err := t.Insert(c.Partition(), c.Token(), "a row"); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// unchecked is a table that takes every row, and tells the referee of it.
type unchecked struct{ m *tenuretest.Member }

func (u unchecked) Insert(partition string, _ claim.Token, _ string) error {
	u.m.Effect("orders", partition)
	return nil
}

// fenced is a table that refuses tokens of the past.
type fenced struct{ m *tenuretest.Member }

func (f fenced) Insert(partition string, token claim.Token, _ string) error {
	return f.m.FencedEffect("orders", partition, token)
}

// process makes a process of a worker that takes a node and a table.
func process(work func(context.Context, *membership.Node, table) error, newTable func(*tenuretest.Member) table) tenuretest.Worker {
	return func(ctx context.Context, m *tenuretest.Member) error {
		node, err := m.Join(ctx)
		if err != nil {
			return err
		}
		err = work(ctx, node, newTable(m))
		if errors.Is(err, context.Canceled) {
			return nil // asked to stop
		}
		return err
	}
}

func onUnchecked(m *tenuretest.Member) table { return unchecked{m} }

func onFenced(m *tenuretest.Member) table { return fenced{m} }
