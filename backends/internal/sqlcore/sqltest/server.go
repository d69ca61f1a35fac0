// Package sqltest holds the tests that the stores on SQL servers share: those that need
// an operator's hand on the tables. The conformance suite of package backendtest has the
// others.
package sqltest

import (
	"fmt"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// Server is a server with the tables of a store. All fields are needed, and Addr is the
// server's. Names and IDs in the texts need no escapes.
type Server struct {
	Addr string
	// Sessions and Records are the names of the tables.
	Sessions, Records string
	// Open returns a store with connections of its own to an address.
	Open func(t *testing.T, addr, namespace string) backends.Backend
	// Exec runs a statement as an operator.
	Exec func(t *testing.T, statement string) error
	// Begin runs a statement in a transaction, which ends with commit or with the test.
	Begin func(t *testing.T, statement string) (commit func() error)
	// Waiting counts the statements that wait for a lock.
	Waiting func(t *testing.T) (int, error)
}

// Run runs the tests side by side, each on a server of its own.
func Run(t *testing.T, start func(t *testing.T) Server) {
	for name, test := range map[string]func(*testing.T, Server){
		"proof and renewal behind a locked row": lockedRow,
		"proof and renewal race":                race,
		"dead whatever the clock says":          steppedClock,
		"lost reply":                            lostReply,
		"batch with mixed results":              mixedBatch,
		"foreign rows":                          foreignRows,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

// open returns a store on the server itself.
func (s Server) open(t *testing.T, namespace string) backends.Backend {
	t.Helper()
	return s.Open(t, s.Addr, namespace)
}

// run is Exec of what must succeed.
func (s Server) run(t *testing.T, statement string, args ...any) {
	t.Helper()
	if err := s.Exec(t, fmt.Sprintf(statement, args...)); err != nil {
		t.Fatal(err)
	}
}

// Expire ends the time of a session now.
func (s Server) Expire(t *testing.T, id backends.SessionID) {
	t.Helper()
	if err := s.Exec(t, fmt.Sprintf(`UPDATE %s SET expires = 0 WHERE id = '%s'`, s.Sessions, id)); err != nil {
		t.Errorf("expire: %v", err)
	}
}

// Await waits until n statements wait for a lock.
func (s Server) Await(t *testing.T, n int) {
	t.Helper()
	storetest.Until(t, 5*time.Second, fmt.Sprint(n, " statements wait for a lock"), func() bool {
		found, err := s.Waiting(t)
		return err == nil && found == n
	})
}
