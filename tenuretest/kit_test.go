package tenuretest_test

import (
	"testing"
	"time"

	"github.com/tenure-go/tenure/tenuretest"
)

func TestFailover(t *testing.T) {
	tenuretest.Run(t, func(c *tenuretest.Cluster) {
		for _, name := range []string{"anna", "bert", "carl"} {
			c.Start(name, worker)
		}
		c.WaitBalanced("orders")
		t.Log(c.Owners("orders"))
		c.Member("anna").Crash()
		begun := time.Now()
		c.WaitBalanced("orders")
		t.Log(time.Since(begun), c.Owners("orders"))
		c.Member("bert").Leave()
		begun = time.Now()
		c.WaitBalanced("orders")
		t.Log(time.Since(begun), c.Owners("orders"))
		c.Member("carl").Freeze(time.Minute)
		time.Sleep(2 * time.Minute)
		c.WaitBalanced("orders")
	})
}
