// Package standstest starts stores with their servers for tests.
package standstest

import (
	"slices"
	"testing"

	"github.com/tenure-go/tenure/internal/testutil"
	"github.com/tenure-go/tenure/internal/testutil/stands"
)

// Each runs a test on every store that can be started here, side by side. A store whose
// programs are missing is skipped, or fails if testutil.RequireEnv lists it. Under
// -short only stores without a server run.
func Each(t *testing.T, test func(t *testing.T, stand *stands.Stand)) {
	t.Helper()
	each(t, stands.Names(), test)
}

// EachServer is Each without the store in a file, which has no server that goes away.
func EachServer(t *testing.T, test func(t *testing.T, stand *stands.Stand)) {
	t.Helper()
	each(t, slices.DeleteFunc(stands.Names(), func(name string) bool { return name == "sqlite" }), test)
}

func each(t *testing.T, names []string, test func(t *testing.T, stand *stands.Stand)) {
	t.Helper()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, Start(t, name))
		})
	}
}

// Start starts the servers of a store, which are closed when the test ends.
func Start(tb testing.TB, name string) *stands.Stand {
	tb.Helper()
	server, why := stands.Missing(name)
	testutil.Require(tb, server, why)
	s, err := stands.Start(tb.Context(), name)
	return testutil.Use(tb, name, s, err)
}
