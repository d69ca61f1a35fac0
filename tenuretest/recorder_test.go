package tenuretest_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/tenure-go/tenure/tenuretest"
)

// recorder is a test that notes what a cluster says of it.
type recorder struct {
	mu     sync.Mutex // guards failed
	failed []string
}

func (*recorder) Helper()             {}
func (*recorder) Logf(string, ...any) {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// record returns what a cluster reports to its test.
func record(t *testing.T, f func(c *tenuretest.Cluster)) string {
	t.Helper()
	r := &recorder{}
	synctest.Test(t, func(*testing.T) {
		done := make(chan struct{})
		go func() { // Fatalf ends it
			defer close(done)
			tenuretest.InBubble(r, f)
		}()
		<-done
	})
	return strings.Join(r.failed, "\n")
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
