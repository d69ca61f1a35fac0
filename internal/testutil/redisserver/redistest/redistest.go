// Package redistest starts real Redis servers for tests.
package redistest

import (
	"testing"

	"github.com/tenure-go/tenure/internal/testutil"
	"github.com/tenure-go/tenure/internal/testutil/redisserver"
)

// Start starts a server that is closed when the test ends. Without a redis-server it
// skips the test, or fails it when testutil.RequireEnv lists "redis". It also skips
// under -short, which runs no servers. A test that fails logs the end of the log.
func Start(tb testing.TB, args ...string) *redisserver.Server {
	tb.Helper()
	_, err := redisserver.Binary()
	testutil.Require(tb, "redis", err)
	s, err := redisserver.Start(tb.Context(), args...)
	return testutil.Use(tb, "redis", s, err)
}

// StartSentinel starts a Sentinel of a master that is closed when the test ends.
func StartSentinel(tb testing.TB, master *redisserver.Server) *redisserver.Server {
	tb.Helper()
	s, err := redisserver.StartSentinel(tb.Context(), master)
	return testutil.Use(tb, "the sentinel", s, err)
}
