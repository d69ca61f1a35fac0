package tenuretest_test

import (
	"context"
	"time"

	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions"
	"github.com/tenure-go/tenure/tenuretest"
)

// table is what the workers write to, as the code under test sees it.
type table interface {
	// Put stores a row of a partition. The table refuses a token that is
	// smaller than the largest it has seen of the partition.
	Put(partition string, token claim.Token, row string) error
}

// rows reads rows of a partition for a second, and writes them.
const batch = time.Second

// work is the worker of the examples: it owns partitions of "orders", and
// writes a row of each once per second. It honours its context and sends the
// token along.
func work(ctx context.Context, node *membership.Node, t table) error {
	return partitions.Run(ctx, node, partitions.Config{
		Group:      "orders",
		Partitions: partitions.Count(6),
		OnAcquire: func(ctx context.Context, c *partitions.Claim) error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(batch):
				}
				if err := c.Check(); err != nil {
					return nil
				}
				if err := t.Put(c.Partition(), c.Token(), "row"); err != nil {
					return err
				}
			}
		},
	})
}

// fake is the table in the tests: it tells the referee of each effect.
type fake struct{ m *tenuretest.Member }

func (f fake) Put(partition string, token claim.Token, _ string) error {
	f.m.Effect("orders", partition)
	return f.m.FencedEffect("orders", partition, token)
}

// worker runs work in a process of a cluster.
func worker(ctx context.Context, m *tenuretest.Member) error {
	node, err := m.Join(ctx)
	if err != nil {
		return err
	}
	if err := work(ctx, node, fake{m}); ctx.Err() == nil {
		return err
	}
	return nil
}
