package tenuretest_test

import (
	"testing"
	"time"

	"github.com/tenure-go/tenure/tenuretest"
)

// t stands for the parameter of the test that an example is the body of.
var t *testing.T

// A test of a worker's failover: a quarter of a minute of virtual time, a few
// milliseconds of real time.
func ExampleRun() {
	// func TestFailover(t *testing.T) {
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

// Every schedule of faults must leave the workers as they should be. When one
// does not, Check prints a small one that fails, as Go source.
func ExampleCheck() {
	// func TestFaults(t *testing.T) {
	tenuretest.Check(t, func(c *tenuretest.Cluster, faults tenuretest.Schedule) {
		for _, name := range []string{"anna", "bert", "carl"} {
			c.Start(name, process(work, onUnchecked))
		}
		c.WaitBalanced("orders")
		c.Play(faults)
		c.WaitBalanced("orders")
	})
}

// What Check has found is kept as a test of its own.
func ExampleCluster_Play() {
	// func TestFrozenForLongerThanItsSession(t *testing.T) {
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		c.Start("anna", process(work, onUnchecked))
		c.WaitBalanced("orders")
		c.Play(tenuretest.Schedule{
			{At: 0, Fault: tenuretest.Freeze, Member: 0, For: 22 * time.Second},
		})
		c.WaitBalanced("orders")
	})
}

// A worker that is asked to stop hands over before it ends.
func ExampleMember_Leave() {
	// func TestPlannedStop(t *testing.T) {
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		c.Start("anna", process(work, onUnchecked))
		c.Start("bert", process(work, onUnchecked))
		c.WaitBalanced("orders")
		c.Member("anna").Leave()
		c.WaitFor("bert to own all", func() bool { return len(c.Partitions("orders", "bert")) == 6 })
	})
}

// The examples are run, so that what the documentation shows works.
func TestExamples(outer *testing.T) {
	for name, example := range map[string]func(){
		"Run": ExampleRun, "Check": ExampleCheck, "Cluster.Play": ExampleCluster_Play, "Member.Leave": ExampleMember_Leave,
	} {
		outer.Run(name, func(sub *testing.T) {
			t = sub
			example()
		})
	}
}
