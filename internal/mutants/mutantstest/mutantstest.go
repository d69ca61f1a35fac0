// Package mutantstest plays wrong versions of the library to the tests of a package.
package mutantstest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/internal/mutants"
)

// Caught fails the test unless the tests of a folder, which is named from the module's
// root, catch every mutant that is meant for the referee there, and unless there are at
// least so many. root is where the module is, as seen from the calling test.
func Caught(t *testing.T, root, folder string, least int) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: each mutant is compiled and played")
	}
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	reported := 0
	for _, m := range mutants.Of(folder) {
		if m.Says == "" {
			continue // caught by how the cluster ends, not by the referee
		}
		reported++
		t.Run(strings.ReplaceAll(m.Name, " ", "_"), func(t *testing.T) {
			v := mutants.Run(t.Context(), absolute, m)
			if v.Err != nil {
				t.Error(v.Err)
			}
			t.Logf("caught by %s: %s", m.Test, v.Line)
		})
	}
	if reported < least {
		t.Errorf("the referee is tried with %d wrong versions, want %d at least", reported, least)
	}
}
