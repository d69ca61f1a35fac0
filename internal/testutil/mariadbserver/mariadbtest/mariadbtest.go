// Package mariadbtest starts real MariaDB servers for tests.
package mariadbtest

import (
	"testing"

	"github.com/tenure-go/tenure/internal/testutil"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver"
)

// Start starts a server that is closed when the test ends, after Need. A test that fails
// logs the end of the server's log.
func Start(tb testing.TB, args ...string) *mariadbserver.Server {
	tb.Helper()
	Need(tb)
	s, err := mariadbserver.Start(tb.Context(), args...)
	return testutil.Use(tb, "mariadb", s, err)
}

// Need skips the test when there are no binaries, or fails it when testutil.RequireEnv
// lists "mariadb"; it also skips it under -short.
func Need(tb testing.TB) {
	tb.Helper()
	_, _, missing := mariadbserver.Binaries()
	testutil.Require(tb, "mariadb", missing)
}
