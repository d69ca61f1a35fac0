package zookeeper_test

import (
	"context"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/zookeeper"
)

func openSession(t *testing.T, store *zookeeper.Store, ttl time.Duration) backends.Session {
	t.Helper()
	session, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: ttl})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func write(t *testing.T, store *zookeeper.Store, writes ...backends.Write) []backends.Result {
	t.Helper()
	results, err := store.Write(t.Context(), writes...)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// within returns a context that is done after limit.
func within(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// next skips events until one of the kind comes.
func next(t *testing.T, events <-chan backends.Event, kind backends.EventKind) backends.Event {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case e, open := <-events:
			if !open || e.Kind == backends.Failed && kind != backends.Failed {
				t.Fatalf("the watch has ended: %+v", e)
			}
			if e.Kind == kind {
				return e
			}
		case <-limit:
			t.Fatalf("no event of kind %d within 20 s", kind)
		}
	}
}

// until waits for ok, asking again every 20 ms.
func until(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(limit)
	for !ok() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
