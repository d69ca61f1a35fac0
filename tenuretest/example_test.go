package tenuretest_test

import (
	"testing"
	"time"

	"github.com/tenure-go/tenure/tenuretest"
)

// A test of a worker's failover: eleven seconds or more of virtual time, a few
// milliseconds of real time.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestFailover(t *testing.T)
		tenuretest.Run(t, func(c *tenuretest.Cluster) {
			for _, name := range []string{"anna", "bert", "carl"} {
				c.Start(name, process(work, onUnchecked))
			}
			c.WaitBalanced("orders")

			crashed := time.Now()
			c.Member("anna").Crash()
			c.WaitBalanced("orders")
			if took := time.Since(crashed); took > 20*time.Second {
				t.Errorf("the partitions of a crashed worker were taken over after %v", took)
			}
		})
	}
}

// Every schedule of faults must leave the workers as they should be. When one
// does not, Check prints a small one that fails, as a Go literal.
func ExampleCheck() {
	_ = func(t *testing.T) { // func TestFaults(t *testing.T)
		tenuretest.Check(t, func(c *tenuretest.Cluster, faults tenuretest.Schedule) {
			for _, name := range []string{"anna", "bert", "carl"} {
				c.Start(name, process(work, onUnchecked))
			}
			c.WaitBalanced("orders")
			c.Play(faults)
			c.WaitBalanced("orders")
		})
	}
}

// What Check found is kept as a test of its own.
func ExampleCluster_Play() {
	_ = func(t *testing.T) { // func TestFrozenInTheMiddleOfARow(t *testing.T)
		tenuretest.Run(t, func(c *tenuretest.Cluster) {
			c.Start("anna", process(work, onUnchecked))
			c.WaitBalanced("orders")
			c.Play(tenuretest.Schedule{
				{At: 0, Fault: tenuretest.Freeze, Member: 0, For: 22 * time.Second},
			})
			c.WaitBalanced("orders")
		})
	}
}
