package backendtest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
)

// polling makes a client of memory one that cannot push.
func polling(b *broken) {
	inner := b.Backend
	b.caps = func() backends.Capabilities {
		c := inner.Capabilities()
		c.Push = false
		return c
	}
	poll := &backends.Poll{List: inner.List, Read: inner.Read, Sessions: inner.Sessions, Idle: time.Second, Fast: 100 * time.Millisecond}
	b.watch = func(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
		return poll.Watch(ctx, silence, selectors...)
	}
}

func TestPoll_Conformance(t *testing.T) {
	var h backendtest.Harness
	backendtest.Run(t, backendtest.Harness{
		Name: "memory, polled",
		TTL:  10 * time.Second,
		InTest: func(t *testing.T, f func(t *testing.T)) {
			synctest.Test(t, func(t *testing.T) {
				h = harness(polling)
				f(t)
			})
		},
		Open: func(t backendtest.TB, namespace string) backends.Backend { return h.Open(t, namespace) },
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			h.RemoveSession(t, namespace, id)
		},
		Cut: func(t backendtest.TB, namespace string) (backends.Backend, func()) { return h.Cut(t, namespace) },
		Hold: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			return h.Hold(t, namespace)
		},
	})
}
