package tenuretest_test

import (
	"testing"

	"github.com/tenure-go/tenure/tenuretest"
)

func TestCheck_ACorrectWorkerPasses(t *testing.T) {
	tenuretest.Check(t, func(c *tenuretest.Cluster, s tenuretest.Schedule) {
		for _, name := range []string{"anna", "bert", "carl"} {
			c.Start(name, process(work, onUnchecked))
		}
		c.WaitBalanced("orders")
		c.Play(s)
		c.WaitBalanced("orders")
	})
}
