package sim

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/internal/mutants"
)

// TestMutants shows that the referee sees what it is there for: it reports a
// breach of each wrong version of the library that is meant for it. `make
// mutants` plays all wrong versions, also those that other tests catch.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: each mutant is compiled and played")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	reported := 0
	for _, m := range mutants.Of("internal/sim") {
		if m.Says == "" {
			continue // caught by how the cluster ends, not by the referee
		}
		reported++
		t.Run(strings.ReplaceAll(m.Name, " ", "_"), func(t *testing.T) {
			v := mutants.Run(t.Context(), root, m)
			if v.Err != nil {
				t.Error(v.Err)
			}
			t.Logf("caught by %s: %s", m.Test, v.Line)
		})
	}
	if reported < 6 {
		t.Errorf("the referee is tried with %d wrong versions, want 6 at least", reported)
	}
}
