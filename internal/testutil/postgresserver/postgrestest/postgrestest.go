// Package postgrestest starts real PostgreSQL servers for tests.
package postgrestest

import (
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
	if testing.Short() {
		tb.Skipf("-short runs no servers")
	}
	if _, err := postgresserver.Folder(); err != nil {
		testutil.Missing(tb, "postgres", err.Error())
	}
	s, err := postgresserver.Start(tb.Context(), o)
	if err != nil {
		tb.Fatalf("start postgres: %v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("log of postgres:\n%s", s.Log())
		}
		if err := s.Close(); err != nil {
			tb.Errorf("close postgres: %v", err)
		}
	})
	return s
}
