package testutil

import "testing"

// Server is a server that a test runs.
type Server interface {
	// Log returns the end of the server's log.
	Log() string
	// Close ends the server and removes its data.
	Close() error
}

// Use returns a server that was just started, and closes it when the test ends. An
// error ends the test at once. A test that fails logs the end of the server's log.
func Use[S Server](tb testing.TB, name string, s S, err error) S {
	tb.Helper()
	if err != nil {
		tb.Fatalf("start %s: %v", name, err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("log of %s:\n%s", name, s.Log())
		}
		if err := s.Close(); err != nil {
			tb.Errorf("close %s: %v", name, err)
		}
	})
	return s
}

// Require ends a test that needs a server, unless missing is nil: see Missing. It also
// skips under -short, which runs no servers.
func Require(tb testing.TB, server string, missing error) {
	tb.Helper()
	if testing.Short() {
		tb.Skipf("-short runs no servers")
	}
	if missing != nil {
		Missing(tb, server, missing.Error())
	}
}
