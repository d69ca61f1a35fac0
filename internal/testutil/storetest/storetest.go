// Package storetest holds what the tests of several stores share beside the conformance
// suite of package backendtest. It knows the contract only, no store.
package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

// patience ends a test that waits for what should come at once, also on a busy machine.
const patience = 30 * time.Second

// Within returns a context that ends after d.
func Within(t backendtest.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// Until waits for ok, asking again every 20 ms.
func Until(t backendtest.TB, limit time.Duration, what string, ok func() bool) {
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

// OpenSession returns a new session.
func OpenSession(t backendtest.TB, store backends.Backend, ttl time.Duration) backends.Session {
	t.Helper()
	session, _, err := store.OpenSession(Within(t, patience), backends.SessionSpec{TTL: ttl})
	if err != nil {
		t.Fatalf("open a session: %v", err)
	}
	return session
}

// Write writes a batch, which must not fail as a whole.
func Write(t backendtest.TB, store backends.Backend, writes ...backends.Write) []backends.Result {
	t.Helper()
	results, err := store.Write(t.Context(), writes...)
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	return results
}

// Try writes one item. The write must not fail as a whole.
func Try(t backendtest.TB, store backends.Backend, w backends.Write) backends.Result {
	t.Helper()
	return Write(t, store, w)[0]
}

// Put writes one item, which must be applied, and returns its revision.
func Put(t backendtest.TB, store backends.Backend, w backends.Write) backends.Revision {
	t.Helper()
	r := Try(t, store, w)
	if r.Outcome != backends.Applied {
		t.Fatalf("write %q: %v %v, want applied", w.Key, r.Outcome, r.Err)
	}
	return r.Revision
}

// Next skips events until one of the kinds comes. Without kinds it returns the next event.
func Next(t backendtest.TB, events <-chan backends.Event, kinds ...backends.EventKind) backends.Event {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case e, open := <-events:
			switch {
			case open && (len(kinds) == 0 || slices.Contains(kinds, e.Kind)):
				return e
			case !open || e.Kind == backends.Failed:
				t.Fatalf("the watch has ended: %+v", e)
			}
		case <-limit:
			t.Fatalf("no event of the kinds %v within %v", kinds, patience)
		}
	}
}

// Proxy puts a proxy before a server until the test ends.
func Proxy(t backendtest.TB, addr string) *tcpproxy.Proxy {
	t.Helper()
	p, err := tcpproxy.Start(addr)
	if err != nil {
		t.Fatalf("start a proxy: %v", err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}
