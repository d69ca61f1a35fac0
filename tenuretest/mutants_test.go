package tenuretest_test

import (
	"testing"

	"github.com/tenure-go/tenure/internal/mutants/mutantstest"
)

// TestMutants shows that the referee of users' tests sees wrong versions of the
// library, too.
func TestMutants(t *testing.T) { mutantstest.Caught(t, "..", "tenuretest", 4) }
