package tenuretest_test

import (
	"testing"

	"github.com/tenure-go/tenure/tenuretest"
)

func TestCheck(t *testing.T) {
	tenuretest.Check(t, func(c *tenuretest.Cluster, s tenuretest.Schedule) {
		for _, name := range []string{"anna", "bert", "carl"} {
			c.Start(name, worker)
		}
		c.WaitBalanced("orders")
		c.Play(s)
		c.WaitBalanced("orders")
	})
}
