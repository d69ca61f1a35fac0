package tenuretest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/tenuretest"
)

// idle joins, and waits until it is asked to stop.
func idle(ctx context.Context, m *tenuretest.Member) error {
	_, err := m.Join(ctx)
	<-ctx.Done()
	return err
}

// own makes a process of a worker that joins by itself with a changed config.
func own(change func(*membership.Config)) tenuretest.Worker {
	return func(ctx context.Context, m *tenuretest.Member) error {
		cfg := m.Config()
		change(&cfg)
		node, err := membership.Join(ctx, m.Backend(), cfg)
		if err != nil {
			return err
		}
		_ = work(ctx, node, unchecked{m})
		return node.Leave(context.Background())
	}
}

func TestMisuse_IsSaid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		play func(c *tenuretest.Cluster)
		want string
	}{
		"a worker that fails": {func(c *tenuretest.Cluster) {
			c.Start("anna", func(context.Context, *tenuretest.Member) error { return errors.New("no configuration") })
			time.Sleep(time.Second)
		}, "anna ended by itself: no configuration"},
		"a name that runs": {func(c *tenuretest.Cluster) {
			c.Start("anna", idle)
			c.Start("anna", idle)
		}, "anna runs already"},
		"a name that nobody has": {func(c *tenuretest.Cluster) {
			c.Member("zoe").Crash()
		}, "nobody called zoe"},
		"a negative delay": {func(c *tenuretest.Cluster) {
			c.Start("anna", idle).Delay(-time.Second)
		}, "Delay(-1s)"},
		"more than certain": {func(c *tenuretest.Cluster) {
			c.Start("anna", idle).Lose(1.5)
		}, "Lose(1.5)"},
		"no such fault": {func(c *tenuretest.Cluster) {
			c.Start("anna", idle)
			c.Play(tenuretest.Schedule{{Fault: 99}})
		}, "Fault(99) is no fault"},
		"no observer": {func(c *tenuretest.Cluster) {
			c.Start("anna", own(func(cfg *membership.Config) { cfg.Observer = observe.Nop() }))
			c.WaitBalanced("orders")
		}, "anna joined without the Clock or the Observer of Member.Config"},
		"another clock": {func(c *tenuretest.Cluster) {
			c.Start("anna", own(func(cfg *membership.Config) { cfg.Clock = membership.MonotonicClock() }))
			c.WaitBalanced("orders")
		}, "anna joined without the Clock or the Observer of Member.Config"},
		"no such group": {func(c *tenuretest.Cluster) {
			c.Start("anna", idle)
			c.Owners("orders")
		}, "ownership of group orders"},
		"waiting for what does not come": {func(c *tenuretest.Cluster) {
			c.Start("anna", process(work, onUnchecked))
			c.WaitBalanced("orders", "anna", "zoe")
		}, "waited in vain for group orders to be balanced, 4m0s long: its members are [anna], want [anna zoe]"},
		"a worker that does not stop": {func(c *tenuretest.Cluster) {
			c.Start("anna", func(context.Context, *tenuretest.Member) error {
				time.Sleep(time.Hour)
				return nil
			}).Leave()
		}, "anna has not left 4m0s after it was asked to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, record(t, test.play), test.want)
		})
	}
}

// A worker may join by itself, with a TTL of its own and its own observer.
func TestConfig_ForAWorkerThatJoinsByItself(t *testing.T) {
	t.Parallel()
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		var counters observe.Counters
		three(c, own(func(cfg *membership.Config) {
			cfg.TTL = 5 * time.Second
			cfg.Observer = observe.Multi(cfg.Observer, &counters)
		}))
		crashed := time.Now()
		c.Member("carl").Crash()
		c.WaitBalanced("orders")
		if took := time.Since(crashed); took > 8*time.Second {
			t.Errorf("taken over after %v with a TTL of 5 s", took)
		}
		c.Member("bert").Leave()
		c.WaitBalanced("orders")
		if got := counters.Snapshot().Events["node left"]; got != 1 {
			t.Errorf("the worker's own observer has seen %d nodes leave, want 1", got)
		}
	})
}
