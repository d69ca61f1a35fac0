package tenuretest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/tenuretest"
)

func TestFencedEffect_RefusesThePast(t *testing.T) {
	t.Parallel()
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		anna := c.Start("anna", process(work, onUnchecked))
		c.WaitBalanced("orders")
		before := c.Ownership("orders").Owners[0].Token
		if err := anna.FencedEffect("orders", "0", before); err != nil {
			t.Errorf("the owner is refused: %v", err)
		}
		anna.Freeze(longerThanTTL)
		bert := c.Start("bert", process(work, onUnchecked))
		c.WaitBalanced("orders", "bert")
		if err := anna.FencedEffect("orders", "0", before); err != nil {
			t.Errorf("refused before anybody else has had an effect: %v", err)
		}
		if err := bert.FencedEffect("orders", "0", c.Ownership("orders").Owners[0].Token); err != nil {
			t.Errorf("the next owner is refused: %v", err)
		}
		if err := anna.FencedEffect("orders", "0", before); !errors.Is(err, tenuretest.ErrFenced) {
			t.Errorf("a token of the past: %v, want ErrFenced", err)
		}
	})
}

func TestFencedEffect_WithATokenThatNobodyGave(t *testing.T) {
	t.Parallel()
	report := record(t, func(c *tenuretest.Cluster) {
		anna := c.Start("anna", process(work, onUnchecked))
		c.WaitBalanced("orders")
		_ = anna.FencedEffect("orders", "0", 99)
	})
	expect(t, report, "S7 anna sends token 99 for orders/0, which it never got", "anna  sends token 99")
}

// What goes on in a crashed process happened to nobody.
func TestEffect_OfACrashedProcess(t *testing.T) {
	t.Parallel()
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		anna := c.Start("anna", process(work, onUnchecked))
		c.WaitBalanced("orders")
		anna.Crash()
		anna.Effect("orders", "0")
		if err := anna.FencedEffect("orders", "0", 1); err == nil {
			t.Error("an effect after the crash succeeds")
		}
		c.Start("anna", process(work, onUnchecked))
		c.WaitBalanced("orders")
	})
}

// Who waits on the process's clock is frozen with it.
func TestClock_StopsWhileTheProcessIsFrozen(t *testing.T) {
	t.Parallel()
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		ticks := make(chan time.Duration, 100)
		begun := time.Now()
		anna := c.Start("anna", func(ctx context.Context, m *tenuretest.Member) error {
			for membership.Sleep(ctx, m.Clock(), time.Second) == nil {
				ticks <- time.Since(begun).Round(time.Second)
			}
			return nil
		})
		time.Sleep(2500 * time.Millisecond)
		anna.Freeze(10 * time.Second)
		anna.Freeze(time.Second) // ends first, and changes nothing
		time.Sleep(11 * time.Second)
		for _, want := range []time.Duration{time.Second, 2 * time.Second, 13 * time.Second} {
			if got := <-ticks; got != want {
				t.Errorf("a tick after %v, want one after %v", got, want)
			}
		}
	})
}

func TestHeal_EndsEveryFaultOfEverybody(t *testing.T) {
	t.Parallel()
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		three(c, process(work, onUnchecked))
		c.Member("anna").Cut()
		c.Member("bert").HoldReplies()
		c.Member("carl").Freeze(time.Hour)
		time.Sleep(longerThanTTL)
		if n := c.Ownership("orders").Unowned; n != 6 {
			t.Errorf("%d partitions have no owner, want all 6", n)
		}
		c.Heal()
		c.WaitBalanced("orders")
	})
}

// Replies that were held arrive when they are let go, if they are still waited
// for.
func TestHoldReplies_DeliversThemLater(t *testing.T) {
	t.Parallel()
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		anna := c.Start("anna", idle)
		time.Sleep(time.Second)
		anna.HoldReplies()
		held := time.Now()
		time.AfterFunc(3*time.Second, anna.Heal)
		ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
		defer cancel()
		if _, err := anna.Backend().Sessions(ctx); err != nil || time.Since(held) != 3*time.Second {
			t.Errorf("answered with %v after %v, want an answer after 3 s", err, time.Since(held))
		}
	})
}
