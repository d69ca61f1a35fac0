package backendtest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/memory"
)

// The author of a store calls Run from a test of the store's package. On a real
// server Open connects a client of its own and closes it with t.Cleanup.
func ExampleRun() {
	server := memory.NewStore() // stands for a server
	_ = func(t *testing.T) {    // func TestConformance(t *testing.T)
		backendtest.Run(t, backendtest.Harness{
			Name:    "mystore",
			Version: "1.2.3",
			TTL:     2 * time.Second,
			Open: func(_ backendtest.TB, namespace string) backends.Backend {
				return server.Client(namespace)
			},
			// An optional hook turns on the clause that needs it.
			RemoveSession: func(t backendtest.TB, _ string, id backends.SessionID) {
				if !server.KillSession(id) {
					t.Fatalf("there is no session %q", id)
				}
			},
		})
	}
}

// A store inside the process runs in bubbles, so that no test really waits. All
// that has timers or goroutines is made inside.
func ExampleHarness_inTest() {
	var store *memory.Store
	_ = backendtest.Harness{
		Name: "mystore",
		TTL:  10 * time.Second,
		Open: func(_ backendtest.TB, namespace string) backends.Backend { return store.Client(namespace) },
		InTest: func(t *testing.T, f func(t *testing.T)) {
			synctest.Test(t, func(t *testing.T) {
				store = memory.NewStore()
				f(t)
			})
		},
	}
}
