package tenuretest_test

import (
	"context"
	"testing"
	"time"

	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/tenuretest"
)

// bill leads the election "billing" and has an effect per second while it may.
func bill(ctx context.Context, m *tenuretest.Member) error {
	node, err := m.Join(ctx)
	if err != nil {
		return err
	}
	err = election.Run(ctx, node, "billing", func(ctx context.Context, term election.Term) error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(time.Second):
			}
			if term.Check() == nil {
				m.Effect("billing", tenuretest.Leader)
			}
			if err := m.FencedEffect("billing", tenuretest.Leader, term.Token()); err != nil {
				return nil // somebody else leads
			}
		}
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func TestElection_Failover(t *testing.T) {
	t.Parallel()
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		for _, name := range []string{"anna", "bert", "carl"} {
			c.Start(name, bill)
		}
		first := c.WaitLeader("billing")
		time.Sleep(10 * time.Second)
		c.Member(first).Freeze(longerThanTTL)
		c.WaitFor("another leader", func() bool { return c.Leader("billing") != first })
		time.Sleep(2 * longerThanTTL) // the first wakes up meanwhile

		second := c.WaitLeader("billing")
		stopped := time.Now()
		c.Member(second).Leave()
		if third := c.WaitLeader("billing"); third == second {
			t.Errorf("%s leads after it has left", second)
		}
		if took := time.Since(stopped); took > time.Second {
			t.Errorf("handed over after %v", took)
		}
	})
}

func TestElection_UnderFaults(t *testing.T) {
	t.Parallel()
	tenuretest.Check(t, func(c *tenuretest.Cluster, s tenuretest.Schedule) {
		for _, name := range []string{"anna", "bert", "carl"} {
			c.Start(name, bill)
		}
		c.WaitLeader("billing")
		c.Play(s)
		c.WaitLeader("billing")
	})
}
