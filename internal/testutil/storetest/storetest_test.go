package storetest_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// recorder notes whether a test failed, in place of failing the real one.
type recorder struct {
	*testing.T
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }

func (r *recorder) Fatalf(string, ...any) {
	r.failed = true
	runtime.Goexit()
}

// fails reports whether a helper fails its test.
func fails(t *testing.T, helper func(t backendtest.TB)) bool {
	t.Helper()
	r := &recorder{T: t}
	done := make(chan struct{})
	go func() { // Goexit ends this goroutine, as it ends that of a test
		defer close(done)
		helper(r)
	}()
	<-done
	return r.failed
}

func TestRefused(t *testing.T) {
	t.Parallel()
	password := errors.New("p-" + storetest.Secret)
	for name, c := range map[string]struct {
		err   error
		fails bool
	}{
		"as wanted":         {fmt.Errorf("check the grants: %w", backends.ErrDenied), false},
		"no error":          {nil, true},
		"another kind":      {fmt.Errorf("check the grants: %w", backends.ErrForeign), true},
		"no advice":         {backends.ErrDenied, true},
		"with the password": {fmt.Errorf("check the grants: %w: %w", backends.ErrDenied, password), true},
		"with the password inside": {fmt.Errorf("check the grants: %w: %w", backends.ErrDenied,
			hiding{fmt.Errorf("login: %w", password)}), true},
	} {
		got := fails(t, func(t backendtest.TB) {
			storetest.Refused(t, map[string]error{name: c.err}, backends.ErrDenied, "check the grants")
		})
		if got != c.fails {
			t.Errorf("%s: fails %v, want %v", name, got, c.fails)
		}
	}
}

// hiding is an error whose text does not show what it wraps.
type hiding struct{ error }

func (hiding) Error() string   { return "hidden" }
func (h hiding) Unwrap() error { return h.error }

func TestNext(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		events []backends.Event
		kinds  []backends.EventKind
		fails  bool
	}{
		"any":          {[]backends.Event{{Kind: backends.Failed}}, nil, false},
		"the second":   {[]backends.Event{{Kind: backends.Put}, {Kind: backends.Synced}}, []backends.EventKind{backends.Synced}, false},
		"failed first": {[]backends.Event{{Kind: backends.Failed}, {Kind: backends.Synced}}, []backends.EventKind{backends.Synced}, true},
		"ended":        {nil, nil, true},
	} {
		events := make(chan backends.Event, len(c.events))
		for _, e := range c.events {
			events <- e
		}
		close(events)
		if got := fails(t, func(t backendtest.TB) { storetest.Next(t, events, c.kinds...) }); got != c.fails {
			t.Errorf("%s: fails %v, want %v", name, got, c.fails)
		}
	}
}

func TestWaiting_EndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if !fails(t, func(t backendtest.TB) { storetest.Until(t, time.Second, "never", func() bool { return false }) }) {
			t.Error("Until ends without what it waits for")
		}
		if !fails(t, func(t backendtest.TB) { storetest.Next(t, make(chan backends.Event)) }) {
			t.Error("Next ends without an event")
		}
		if took := time.Since(begun); took != 31*time.Second {
			t.Errorf("both took %v, want 31 s", took)
		}
	})
}

func TestEveryCall_OnAStoreThatAnswers(t *testing.T) {
	t.Parallel()
	store := memory.New()
	calls := storetest.EveryCall(t.Context(), store, storetest.OpenSession(t, store, time.Minute))
	for name, err := range calls {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(calls) != 8 {
		t.Errorf("%d calls, want 8", len(calls))
	}
	conflict := func(t backendtest.TB) { storetest.Put(t, store, backends.Write{Key: "d/k"}) }
	if !fails(t, conflict) {
		t.Error("Put takes a conflict for success")
	}
}

func TestMixedBatch_OnAStoreWithRevisionsOfItsOwn(t *testing.T) {
	t.Parallel()
	if n := storetest.MixedBatch(t, memory.New(), 100, time.Minute, "other"); n != 71 {
		t.Errorf("%d revisions of 71 records", n)
	}
	if !fails(t, func(t backendtest.TB) { storetest.MixedBatch(t, memory.New(), 100, time.Minute, backends.Absent) }) {
		t.Error("a write that should conflict and is applied is not noticed")
	}
}
