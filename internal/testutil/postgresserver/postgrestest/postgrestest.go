// Package postgrestest starts real PostgreSQL servers for tests.
package postgrestest

import (
	"errors"
	"testing"

	"github.com/tenure-go/tenure/internal/testutil"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
)

// Start starts a server that is closed when the test ends. It skips the test when there
// are no binaries, or fails it when testutil.RequireEnv lists "postgres"; it also skips
// it under -short, which runs no servers. A test that fails logs the end of the
// server's log.
func Start(tb testing.TB, o postgresserver.Options) *postgresserver.Server {
	tb.Helper()
	_, err := postgresserver.Folder()
	testutil.Require(tb, "postgres", err)
	s, err := postgresserver.Start(tb.Context(), o)
	return testutil.Use(tb, "postgres", s, err)
}

// StartBouncer starts PgBouncer in transaction mode before a server and returns its
// address. It skips the test when there is no binary, or fails it when
// testutil.RequireEnv lists "pgbouncer".
func StartBouncer(tb testing.TB, s *postgresserver.Server, connections int) string {
	tb.Helper()
	b, err := s.StartBouncer(tb.Context(), connections)
	if errors.Is(err, postgresserver.ErrNoBouncer) {
		testutil.Missing(tb, "pgbouncer", err.Error())
	}
	return testutil.Use(tb, "pgbouncer", b, err).Addr()
}
