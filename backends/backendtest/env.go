package backendtest

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
)

const (
	// callLimit is how long one call on a store that is there may take.
	callLimit = 30 * time.Second
	// itemLimit is how much longer a call may take for each of its items, on a store
	// that has a request for each and a machine that is busy.
	itemLimit = 20 * time.Millisecond
	// soon is how long a thing may take that is not bound to a TTL.
	soon = 15 * time.Second
)

// env is what the test of one clause works with.
type env struct {
	TB
	h         Harness
	namespace string
	a, b      backends.Backend // two clients of the namespace
}

func newEnv(t TB, h Harness) *env {
	namespace := "conformance-" + strings.ToLower(rand.Text())
	return &env{TB: t, h: h, namespace: namespace, a: h.Open(t, namespace), b: h.Open(t, namespace)}
}

// ctx returns a context for one call, or for a few.
func (e *env) ctx() context.Context { return e.within(callLimit) }

// within returns a context that is done after limit.
func (e *env) within(limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(e.Context(), limit)
	e.Cleanup(cancel)
	return ctx
}

// pass lets d go by.
func (e *env) pass(d time.Duration) {
	e.Helper()
	select {
	case <-time.After(d):
	case <-e.Context().Done():
		e.Fatalf("the test was ended: %v", context.Cause(e.Context()))
	}
}

// step is the time between two looks at something that should change.
func (e *env) step() time.Duration { return max(time.Millisecond, e.h.TTL/40) }

// until asks for ok again and again until it is true.
func (e *env) until(limit time.Duration, what string, ok func() bool) {
	e.Helper()
	deadline := time.Now().Add(limit)
	ticker := time.NewTicker(e.step())
	defer ticker.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			e.Fatalf("not within %v: %s", limit, what)
		}
		select {
		case <-ticker.C:
		case <-e.Context().Done():
			e.Fatalf("the test was ended while waiting: %s", what)
		}
	}
}

func (e *env) key(segments ...string) backends.Key {
	e.Helper()
	k, err := backends.NewKey(segments...)
	if err != nil {
		e.Fatalf("NewKey(%q): %v", segments, err)
	}
	return k
}

func (e *env) dir(segments ...string) backends.Dir {
	e.Helper()
	d, err := backends.NewDir(segments...)
	if err != nil {
		e.Fatalf("NewDir(%q): %v", segments, err)
	}
	return d
}

// writeAll calls Write, which must not fail as a whole.
func (e *env) writeAll(b backends.Backend, writes ...backends.Write) []backends.Result {
	e.Helper()
	results, err := b.Write(e.within(callLimit+time.Duration(len(writes))*itemLimit), writes...)
	if err != nil {
		e.Fatalf("Write of %d items: %v", len(writes), err)
	}
	if len(results) != len(writes) {
		e.Fatalf("Write of %d items gave %d results", len(writes), len(results))
	}
	return results
}

// try writes one item.
func (e *env) try(b backends.Backend, w backends.Write) backends.Result {
	e.Helper()
	return e.writeAll(b, w)[0]
}

// expect writes one item and demands the outcome.
func (e *env) expect(want backends.Outcome, b backends.Backend, w backends.Write) backends.Result {
	e.Helper()
	r := e.try(b, w)
	if r.Outcome != want {
		e.Fatalf("write %q (expect %q, if dead %q, delete %v): %v %v, want %v", w.Key, w.Expect, w.IfDead, w.Delete, r.Outcome, r.Err, want)
	}
	if want == backends.Applied && !w.Delete && r.Revision == backends.Absent {
		e.Fatalf("write %q was applied but has no revision", w.Key)
	}
	return r
}

// put writes a value over the given revision and returns the new one.
func (e *env) put(b backends.Backend, k backends.Key, value string, over backends.Revision) backends.Revision {
	e.Helper()
	return e.expect(backends.Applied, b, backends.Write{Key: k, Value: []byte(value), Expect: over}).Revision
}

func (e *env) readAll(b backends.Backend, keys ...backends.Key) []backends.Record {
	e.Helper()
	records, err := b.Read(e.ctx(), keys...)
	if err != nil {
		e.Fatalf("Read of %d keys: %v", len(keys), err)
	}
	if len(records) != len(keys) {
		e.Fatalf("Read of %d keys gave %d records", len(keys), len(records))
	}
	return records
}

func (e *env) read(b backends.Backend, k backends.Key) backends.Record {
	e.Helper()
	return e.readAll(b, k)[0]
}

// holds demands that the record has a value and a revision.
func (e *env) holds(b backends.Backend, k backends.Key, value string, revision backends.Revision) {
	e.Helper()
	if r := e.read(b, k); string(r.Value) != value || r.Revision != revision {
		e.Fatalf("record %q is %.60q at revision %q, want %.60q at %q", k, r.Value, r.Revision, value, revision)
	}
}

func (e *env) list(b backends.Backend, d backends.Dir) []backends.Record {
	e.Helper()
	records, err := b.List(e.ctx(), d)
	if err != nil {
		e.Fatalf("List(%q): %v", d, err)
	}
	return records
}

// invalid demands ErrInvalid.
func (e *env) invalid(what string, err error) {
	e.Helper()
	if !errors.Is(err, backends.ErrInvalid) {
		e.Errorf("%s: %v, want ErrInvalid", what, err)
	}
}
