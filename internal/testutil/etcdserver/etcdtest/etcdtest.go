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
	if testing.Short() {
		tb.Skipf("-short runs no servers")
	}
	if _, err := etcdserver.Binary(); err != nil {
		testutil.Missing(tb, "etcd", err.Error())
	}
}

// Start starts a cluster that is closed when the test ends, after Require. A test that
// fails also logs the end of what each member wrote.
func Start(tb testing.TB, o etcdserver.Options) *etcdserver.Cluster {
	tb.Helper()
	Require(tb)
	c, err := etcdserver.Start(tb.Context(), o)
	if err != nil {
		tb.Fatalf("start etcd: %v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			for i, m := range c.Members() {
				tb.Logf("log of etcd member %d:\n%s", i, m.Log())
			}
		}
		if err := c.Close(); err != nil {
			tb.Errorf("close etcd: %v", err)
		}
	})
	return c
}
