package memory_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/memory"
)

func TestConformance(t *testing.T) {
	var store *memory.Store // one for each bubble: its timers must not leave it
	backendtest.Run(t, backendtest.Harness{
		Name: "memory",
		TTL:  10 * time.Second,
		Open: func(_ backendtest.TB, namespace string) backends.Backend { return store.Client(namespace) },
		InTest: func(t *testing.T, f func(t *testing.T)) {
			synctest.Test(t, func(t *testing.T) {
				store = memory.NewStore()
				f(t)
			})
		},
		RemoveSession: func(t backendtest.TB, _ string, id backends.SessionID) {
			if !store.KillSession(id) {
				t.Fatalf("there is no session %q", id)
			}
		},
	})
}
