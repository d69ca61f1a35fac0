package tenuretest_test

import (
	"context"
	"testing"
	"time"

	"github.com/tenure-go/tenure/partitions"
	"github.com/tenure-go/tenure/tenuretest"
)

// stubborn is a worker whose callbacks go on for a minute after they were asked
// to stop, and have an effect at the end.
func stubborn(policy partitions.Stuck) tenuretest.Worker {
	return func(ctx context.Context, m *tenuretest.Member) error {
		node, err := m.Join(ctx)
		if err != nil {
			return err
		}
		_ = partitions.Run(ctx, node, partitions.Config{
			Group: "orders", Partitions: partitions.Count(6), DrainTimeout: time.Second, OnStuck: policy,
			OnAcquire: func(ctx context.Context, c *partitions.Claim) error {
				<-ctx.Done()
				time.Sleep(time.Minute)
				m.Effect("orders", c.Partition())
				return nil
			},
		})
		return nil
	}
}

// Who keeps a claim until its callback returns may go on; the referee knows it.
func TestStuck_KeptClaimsAreStillOwned(t *testing.T) {
	t.Parallel()
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		c.Start("anna", stubborn(partitions.StuckKeep))
		c.WaitBalanced("orders")
		c.Start("bert", stubborn(partitions.StuckKeep))
		c.WaitBalanced("orders")
	})
}

// Who abandons them has no claim left, and this is the only thing that is wrong.
func TestStuck_AbandonedClaimsAreNot(t *testing.T) {
	t.Parallel()
	report := record(t, func(c *tenuretest.Cluster) {
		c.Start("anna", stubborn(partitions.StuckAbandon))
		c.WaitBalanced("orders")
		c.Start("bert", process(work, onFenced))
		c.WaitBalanced("orders")
		time.Sleep(2 * time.Minute)
	})
	expect(t, report, "breaches: 3,", "A3 anna has an effect on orders/", "which it does not own: bert does (token 2)", "anna  is stuck with it (token 1)")
}
