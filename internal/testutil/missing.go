// Package testutil holds what the tests of several packages share. Production code
// never imports it; the import rules at the root of the module say so.
package testutil

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// RequireEnv is the environment variable that lists, separated by commas, the
// servers that must be there, for example "etcd". `make test` sets it.
const RequireEnv = "TENURE_REQUIRE"

// SkipLogEnv is the environment variable that names a file to which Missing appends
// one line per skipped test. `go test` hides the output of tests that did not fail,
// so a script that wants to show what was skipped reads it from there.
const SkipLogEnv = "TENURE_SKIP_LOG"

// Missing ends a test that needs a server that this machine does not have. It fails
// the test when RequireEnv lists the server, and else skips it. The reason says what
// is missing and how to get it.
//
// Like testing.TB.FailNow it must be called from the goroutine of the test.
func Missing(tb testing.TB, server, reason string) {
	tb.Helper()
	if slices.Contains(strings.Split(os.Getenv(RequireEnv), ","), server) {
		tb.Fatalf("%s is required (%s=%s) but missing: %s", server, RequireEnv, os.Getenv(RequireEnv), reason)
	}
	if err := logSkip(tb.Name(), server, reason); err != nil {
		tb.Errorf("write %s: %v", SkipLogEnv, err)
	}
	tb.Skipf("needs %s: %s", server, reason)
}

func logSkip(test, server, reason string) error {
	path := os.Getenv(SkipLogEnv)
	if path == "" {
		return nil
	}
	// Append: the test binaries of several packages write side by side.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(f, "%s needs %s: %s\n", test, server, reason); err != nil {
		_ = f.Close() // the write error says more
		return err
	}
	return f.Close()
}
