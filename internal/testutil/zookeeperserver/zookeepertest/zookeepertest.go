// Package zookeepertest starts real ZooKeeper servers for tests.
package zookeepertest

import (
	"testing"

	"github.com/tenure-go/tenure/internal/testutil"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver"
)

// Start starts a server that is closed when the test ends; settings are lines for its
// configuration. Without Java and ZooKeeper it skips the test, or fails it when
// testutil.RequireEnv lists "zookeeper". It also skips under -short. A test that fails
// logs the end of the log.
func Start(tb testing.TB, settings ...string) *zookeeperserver.Server {
	tb.Helper()
	require(tb)
	s, err := zookeeperserver.Start(tb.Context(), settings...)
	return testutil.Use(tb, "zookeeper", s, err)
}

// StartEnsemble is Start for an ensemble of n servers.
func StartEnsemble(tb testing.TB, n int) *zookeeperserver.Ensemble {
	tb.Helper()
	require(tb)
	e, err := zookeeperserver.StartEnsemble(tb.Context(), n)
	return testutil.Use(tb, "zookeeper ensemble", e, err)
}

func require(tb testing.TB) {
	tb.Helper()
	_, _, err := zookeeperserver.Binaries()
	testutil.Require(tb, "zookeeper", err)
}
