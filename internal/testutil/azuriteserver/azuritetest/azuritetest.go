// Package azuritetest starts Azurite for tests.
package azuritetest

import (
	"testing"

	"github.com/tenure-go/tenure/internal/testutil"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
)

// Start starts a server that is closed when the test ends. Without Azurite it skips the
// test, or fails it when testutil.RequireEnv lists "azurite". It also skips under -short,
// which runs no servers. A test that fails logs the end of the server's log.
func Start(tb testing.TB) *azuriteserver.Server {
	tb.Helper()
	_, _, missing := azuriteserver.Binary()
	testutil.Require(tb, "azurite", missing)
	s, err := azuriteserver.Start(tb.Context())
	return testutil.Use(tb, "azurite", s, err)
}
