package tenuretest

import "testing"

// Recorder is a test that notes what a cluster says of it.
type Recorder = recorder

// Failures returns what was reported.
func (r *recorder) Failures() []string { return r.failures() }

// CheckSeeds is Check on the given seeds; what would end the test goes to fail.
func CheckSeeds(t *testing.T, seeds []uint64, f func(c *Cluster, s Schedule), fail func(format string, args ...any)) {
	t.Helper()
	check(t, inMemory, seeds, f, fail)
}

// Shrink makes a failing schedule small, and tells how often it was played.
func Shrink(s Schedule, fails func(Schedule) bool) (Schedule, int) {
	small, _, tries := shrink(s, []string{"it fails"}, func(s Schedule) []string {
		if fails(s) {
			return []string{"it fails"}
		}
		return nil
	})
	return small, tries
}

// Draw returns the schedule of a seed.
var Draw = draw
