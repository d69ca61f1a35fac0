package backendtest_test

import (
	"slices"
	"testing"

	"github.com/tenure-go/tenure/backends/backendtest"
)

// TestControl shows that memory itself passes where its mutants fail.
func TestControl(t *testing.T) {
	for _, c := range backendtest.Clauses() {
		t.Run(c.Name(), func(t *testing.T) {
			failed, skipped := check(t, c, func() backendtest.Harness { return harness(nil) })
			if len(failed) > 0 || len(skipped) > 0 {
				t.Errorf("failed %q, skipped %q", failed, skipped)
			}
		})
	}
}

// mutant is a store that breaks one clause.
type mutant struct {
	clause string
	name   string
	mutate func(*broken)
}

func TestMutants(t *testing.T) {
	mutants := slices.Concat(deathMutants, sessionMutants, recordMutants, writeMutants, watchMutants, limitMutants)
	for _, c := range backendtest.Clauses() {
		caught := 0
		for _, m := range mutants {
			if m.clause != c.ID {
				continue
			}
			caught++
			t.Run(c.Name()+"/"+m.name, func(t *testing.T) {
				failed, skipped := check(t, c, func() backendtest.Harness { return harness(m.mutate) })
				if len(failed) == 0 {
					t.Errorf("a store that breaks the clause passes (skipped: %q)", skipped)
				}
				for _, f := range failed {
					t.Log(f)
				}
			})
		}
		if caught == 0 {
			t.Errorf("no mutant breaks %s: nothing shows that its test can fail", c.Name())
		}
	}
}
