package backendtest_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends/backendtest"
)

// recorder is a test that notes what a clause says of a store.
type recorder struct {
	ctx context.Context

	mu      sync.Mutex // guards what follows
	failed  []string
	skipped []string
	cleanup []func()
}

func (r *recorder) Helper()                  {}
func (r *recorder) Logf(string, ...any)      {}
func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skipf(format string, args ...any) {
	r.mu.Lock()
	r.skipped = append(r.skipped, fmt.Sprintf(format, args...))
	r.mu.Unlock()
	runtime.Goexit()
}

func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanup = append(r.cleanup, f)
}

// check runs one clause in a bubble and returns what it says. The harness is
// built inside the bubble.
func check(t *testing.T, c backendtest.Clause, build func() backendtest.Harness) (failed, skipped []string) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		r := &recorder{ctx: ctx}
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.Check(r, build())
		}()
		<-done
		cancel()
		for _, f := range r.cleanup {
			f()
		}
		// A broken store may end its goroutines late; virtual time is free.
		time.Sleep(time.Hour)
		failed, skipped = r.failed, r.skipped
	})
	return failed, skipped
}
