package sim

import (
	"strings"
	"testing"

	"github.com/tenure-go/tenure/internal/testutil/mutant"
)

var mutants = []struct {
	mutant.Mutant
	test   string // that must catch it
	breach string // what the referee must say
}{
	{mutant.DeadlineFromReply, "TestCutAtEveryPhaseOfARenewal", "S2"},
	{mutant.NoIfDead, "TestATryWhileTheHolderLives", "S2"},
	{mutant.NoMark, "TestSelfStabilisation", "S1"},
	{mutant.UnknownResumed, "TestHandOverThatLandsLate", "S1|S2"},
	{mutant.LateRenewal, "TestSchedules", "S4"},
	{mutant.HandOverTooEarly, "TestGiverDiesInMidMove", "S1|S2|S5"},
}

// TestMutants shows that the referee sees what it is there for: each wrong
// version of the library is caught by the named test.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: each mutant is compiled and played")
	}
	for _, m := range mutants {
		t.Run(strings.ReplaceAll(m.Name, " ", "_"), func(t *testing.T) { mutant.Caught(t, m.Mutant, m.test, m.breach) })
	}
}
