package tenuretest

import (
	"testing"
	"testing/synctest"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
)

// TB is what a cluster needs of a test. *testing.T implements it; a recorder
// can stand in for it to show that a test of a broken worker fails. Fatalf ends
// the goroutine that calls it.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Run calls f with an empty cluster in a testing/synctest bubble: time is
// virtual there and passes only while everybody waits. When f has returned, the
// referee's verdict is reported and every member is ended. What the workers use
// must be made inside f, and they must wait for nothing outside the bubble: no
// network connection, no file lock.
func Run(t *testing.T, f func(c *Cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { InBubble(t, f) })
}

// InBubble is Run for code that is in a bubble already.
func InBubble(t TB, f func(c *Cluster)) {
	t.Helper()
	run(t, inMemory, 1, f)
}

// openStore returns a function that makes clients of one store.
type openStore func() func() backends.Backend

func inMemory() func() backends.Backend {
	store := memory.NewStore()
	return func() backends.Backend { return store.Client("tenuretest") }
}

// run plays f on a store. seed decides what bad networks do.
func run(t TB, open openStore, seed uint64, f func(c *Cluster)) {
	t.Helper()
	c := newCluster(t, open(), seed)
	defer c.finish() // also when f has ended its goroutine by Fatalf
	f(c)
}
