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
	if testing.Short() {
		tb.Skipf("-short runs no servers")
	}
	if _, err := redisserver.Binary(); err != nil {
		testutil.Missing(tb, "redis", err.Error())
	}
	s, err := redisserver.Start(tb.Context(), args...)
	return closing(tb, s, err)
}

// StartSentinel starts a Sentinel of a master that is closed when the test ends.
func StartSentinel(tb testing.TB, master *redisserver.Server) *redisserver.Server {
	tb.Helper()
	s, err := redisserver.StartSentinel(tb.Context(), master)
	return closing(tb, s, err)
}

func closing(tb testing.TB, s *redisserver.Server, err error) *redisserver.Server {
	tb.Helper()
	if err != nil {
		tb.Fatalf("start redis: %v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("log of redis:\n%s", s.Log())
		}
		if err := s.Close(); err != nil {
			tb.Errorf("close redis: %v", err)
		}
	})
	return s
}
