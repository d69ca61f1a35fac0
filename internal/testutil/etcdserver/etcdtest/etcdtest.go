// Package etcdtest starts real etcd clusters for tests.
package etcdtest

import (
	"testing"

	"github.com/tenure-go/tenure/internal/testutil"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
)

// Require skips the test when there is no etcd binary, or fails it when
// testutil.RequireEnv lists "etcd". It also skips it under -short, which runs no servers.
func Require(tb testing.TB) {
	tb.Helper()
	_, err := etcdserver.Binary()
	testutil.Require(tb, "etcd", err)
}

// Start starts a cluster that is closed when the test ends, after Require. A test that
// fails also logs the end of what each member wrote.
func Start(tb testing.TB, o etcdserver.Options) *etcdserver.Cluster {
	tb.Helper()
	Require(tb)
	c, err := etcdserver.Start(tb.Context(), o)
	return testutil.Use(tb, "etcd", c, err)
}
