package tenuretest_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/tenure-go/tenure/tenuretest"
)

// record returns what a cluster reports to its test.
func record(t *testing.T, f func(c *tenuretest.Cluster)) string {
	t.Helper()
	r := &tenuretest.Recorder{}
	synctest.Test(t, func(*testing.T) {
		done := make(chan struct{})
		go func() { // Fatalf ends it
			defer close(done)
			tenuretest.InBubble(r, f)
		}()
		<-done
	})
	return strings.Join(r.Failures(), "\n")
}

// expect demands pieces of a report, in order.
func expect(t *testing.T, report string, pieces ...string) {
	t.Helper()
	rest := report
	for _, piece := range pieces {
		_, after, found := strings.Cut(rest, piece)
		if !found {
			t.Errorf("the report lacks %q, or has it in another order:\n%s", piece, report)
			return
		}
		rest = after
	}
	t.Logf("reported:\n%s", report)
}
