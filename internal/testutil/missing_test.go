package testutil

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// recorder notes how a test ended, in place of ending the real one.
type recorder struct {
	testing.TB
	fatal, skip string
}

func (r *recorder) Helper()      {}
func (r *recorder) Name() string { return "TestOfAUser" }

func (r *recorder) Fatalf(format string, args ...any) {
	r.fatal = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skipf(format string, args ...any) {
	r.skip = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func missing(t *testing.T, server, reason string) *recorder {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() { // Goexit ends this goroutine, as it ends that of a test
		defer close(done)
		Missing(r, server, reason)
	}()
	<-done
	return r
}

func TestMissing_FailsWhenRequired(t *testing.T) {
	t.Setenv(RequireEnv, "redis,etcd")
	t.Setenv(SkipLogEnv, "")
	r := missing(t, "etcd", "no binary")
	if !strings.Contains(r.fatal, "etcd is required") || !strings.Contains(r.fatal, "no binary") {
		t.Errorf("fatal = %q, want the server and the reason", r.fatal)
	}
	if r.skip != "" {
		t.Errorf("skipped with %q, want a failure", r.skip)
	}
}

func TestMissing_SkipsAndLogsOtherwise(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skips")
	t.Setenv(RequireEnv, "redis")
	t.Setenv(SkipLogEnv, path)
	r := missing(t, "etcd", "no binary")
	if r.fatal != "" {
		t.Errorf("failed with %q, want a skip", r.fatal)
	}
	if !strings.Contains(r.skip, "etcd") || !strings.Contains(r.skip, "no binary") {
		t.Errorf("skip = %q, want the server and the reason", r.skip)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "TestOfAUser needs etcd: no binary\n"; string(got) != want {
		t.Errorf("skip log = %q, want %q", got, want)
	}
}
