package tenuretest_test

import (
	"testing"
	"time"

	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/tenuretest"
)

// three starts three processes of a worker and waits until they share.
func three(c *tenuretest.Cluster, worker tenuretest.Worker) {
	for _, name := range []string{"anna", "bert", "carl"} {
		c.Start(name, worker)
	}
	c.WaitBalanced("orders")
}

func TestRun_FailoverInMilliseconds(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		three(c, process(work, onUnchecked))
		lost := c.Partitions("orders", "anna")
		crashed := time.Now()
		c.Member("anna").Crash()
		c.WaitBalanced("orders")
		took := time.Since(crashed)
		t.Logf("%v taken over within %v of virtual time", lost, took)
		if ttl := membership.DefaultTTL; took > 4*ttl/3 || took < ttl/2 {
			t.Errorf("taken over after %v, the session lives for %v", took, ttl)
		}
		for _, partition := range lost {
			if owner := c.Owners("orders")[partition]; owner != "bert" && owner != "carl" {
				t.Errorf("partition %s is owned by %q", partition, owner)
			}
		}

		stopped := time.Now()
		c.Member("bert").Leave()
		c.WaitBalanced("orders")
		if took := time.Since(stopped); took > 3*time.Second {
			t.Errorf("handed over after %v", took)
		}
		if n := len(c.Partitions("orders", "carl")); n != 6 {
			t.Errorf("carl owns %d partitions, want all 6", n)
		}

		c.Start("anna", process(work, onUnchecked))
		c.WaitBalanced("orders")
		if n := c.Ownership("orders").Members; n["anna"] != 3 || n["carl"] != 3 {
			t.Errorf("members own %v, want 3 each", n)
		}
	})
	t.Logf("in %v of real time", time.Since(begun))
}

// longerThanTTL is a fault that outlasts a session.
const longerThanTTL = 2 * membership.DefaultTTL

// Each fault, alone, with a correct worker: nothing is broken, and the others
// take over exactly when the session cannot have lived.
func TestFaults_OnACorrectWorker(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		strike func(m *tenuretest.Member)
		loses  bool // the session
	}{
		"freeze":        {func(m *tenuretest.Member) { m.Freeze(longerThanTTL) }, true},
		"cut":           {(*tenuretest.Member).Cut, true},
		"cut replies":   {(*tenuretest.Member).CutReplies, true},
		"hold replies":  {(*tenuretest.Member).HoldReplies, true},
		"delay":         {func(m *tenuretest.Member) { m.Delay(2 * time.Second) }, false},
		"long delay":    {func(m *tenuretest.Member) { m.Delay(7 * time.Second) }, true},
		"lose a little": {func(m *tenuretest.Member) { m.Lose(0.05) }, false},
		"lose all":      {func(m *tenuretest.Member) { m.Lose(1) }, true},
		"a short pause": {func(m *tenuretest.Member) { m.Freeze(membership.DefaultTTL / 2) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			tenuretest.Run(t, func(c *tenuretest.Cluster) {
				three(c, process(work, onUnchecked))
				bert := c.Member("bert")
				test.strike(bert)
				if test.loses {
					c.WaitBalanced("orders", "anna", "carl")
				} else {
					time.Sleep(longerThanTTL)
					if n := len(c.Partitions("orders", "bert")); n != 2 {
						t.Errorf("bert owns %d partitions after %v, want 2", n, longerThanTTL)
					}
				}
				bert.Heal()
				c.WaitBalanced("orders")
			})
		})
	}
}

// Whenever the answers stop coming after they were slow, work has stopped before
// the store lets the session expire.
func TestFaults_SlowAnswersThenSilence(t *testing.T) {
	t.Parallel()
	const phases = 20
	for phase := range phases {
		tenuretest.Run(t, func(c *tenuretest.Cluster) {
			three(c, process(work, onUnchecked))
			bert := c.Member("bert")
			bert.Delay(membership.DefaultTTL / 4)
			time.Sleep(longerThanTTL + membership.DefaultTTL*time.Duration(phase)/phases)
			bert.Cut()
			c.WaitBalanced("orders", "anna", "carl")
		})
	}
}

func TestReferee_CatchesAWorkerThatDoesNotCheck(t *testing.T) {
	t.Parallel()
	report := record(t, func(c *tenuretest.Cluster) {
		three(c, process(carelessWork, onUnchecked))
		c.Member("bert").Freeze(longerThanTTL)
		time.Sleep(2 * longerThanTTL)
	})
	expect(t, report, "A3 bert has an effect on orders/", "which it does not own", "until then:",
		"bert  starts it (token 1)", "bert  is frozen for 30s", "bert  has an effect")
}

// A table that checks tokens makes the careless worker harmless.
func TestReferee_LetsTheTokenProtect(t *testing.T) {
	t.Parallel()
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		three(c, process(carelessWork, onFenced))
		c.Member("bert").Freeze(longerThanTTL)
		time.Sleep(2 * longerThanTTL)
		c.WaitBalanced("orders")
	})
}
