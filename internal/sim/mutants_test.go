package sim

import (
	"testing"

	"github.com/tenure-go/tenure/internal/mutants/mutantstest"
)

// TestMutants shows that the referee sees what it is there for: it reports a
// breach of each wrong version of the library that is meant for it. `make
// mutants` plays all wrong versions, also those that other tests catch.
func TestMutants(t *testing.T) { mutantstest.Caught(t, "../..", "internal/sim", 6) }
