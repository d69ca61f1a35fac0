package backendtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// ofWrite replaces the whole call.
func ofWrite(change func(inner writeFunc) writeFunc) func(*broken) {
	return func(b *broken) { b.write = change(b.Backend.Write) }
}

// overwrite writes whatever the revision is.
func overwrite(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
	records, err := b.Read(ctx, w.Key)
	if err == nil {
		w.Expect = records[0].Revision
	}
	return nil
}

// byContent makes the value the revision, as an entity tag may be.
func byContent(b *broken) {
	inner := b.Backend
	tag := func(r backends.Record) backends.Revision {
		if r.Revision == backends.Absent {
			return backends.Absent
		}
		return backends.Revision(fmt.Sprintf("%x.", r.Value))
	}
	b.read = func(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
		records, err := inner.Read(ctx, keys...)
		return eachRecord(func(r *backends.Record) { r.Revision = tag(*r) })(records), err
	}
	ofItem(func(ctx context.Context, _ backends.Backend, w *backends.Write) *backends.Result {
		records, err := inner.Read(ctx, w.Key)
		if err != nil || tag(records[0]) != w.Expect {
			return answer(backends.Conflict)
		}
		w.Expect = records[0].Revision
		results, err := inner.Write(ctx, *w)
		if err != nil {
			return answer(backends.Unknown)
		}
		if results[0].Outcome == backends.Applied && !w.Delete {
			results[0].Revision = tag(backends.Record{Value: w.Value, Revision: "there"})
		}
		return &results[0]
	})(b)
}

// unguarded looks at the revision and writes in two steps.
func unguarded(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
	records, err := b.Read(ctx, w.Key)
	if err != nil || records[0].Revision != w.Expect {
		return answer(backends.Conflict)
	}
	time.Sleep(time.Millisecond)
	return overwrite(ctx, b, w)
}

var writeMutants = []mutant{
	{"W1", "Absent overwrites", ofItem(func(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
		if w.Expect == backends.Absent {
			return overwrite(ctx, b, w)
		}
		return nil
	})},
	{"W2", "the revision is ignored", ofItem(overwrite)},
	{"W2", "a revision creates what is missing", ofItem(func(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
		if records, err := b.Read(ctx, w.Key); err == nil && records[0].Revision == backends.Absent {
			w.Expect = backends.Absent
		}
		return nil
	})},
	{"W3", "the revision is a hash of the value", byContent},
	{"W4", "all or nothing", ofWrite(func(inner writeFunc) writeFunc {
		return func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
			results, err := inner(ctx, writes...)
			if slices.ContainsFunc(results, func(r backends.Result) bool { return r.Outcome != backends.Applied }) {
				for i := range results {
					results[i] = backends.Result{Outcome: backends.Conflict}
				}
			}
			return results, err
		}
	})},
	{"W5", "the last of two items with one key wins", ofWrite(func(inner writeFunc) writeFunc {
		return func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
			last := map[backends.Key]backends.Write{}
			for _, w := range writes {
				last[w.Key] = w
			}
			var kept []backends.Write
			for _, w := range writes {
				if _, ok := last[w.Key]; ok {
					kept = append(kept, last[w.Key])
					delete(last, w.Key)
				}
			}
			results, err := inner(ctx, kept...)
			return slices.Concat(results, make([]backends.Result, len(writes)-len(kept))), err
		}
	})},
	{"W5", "what comes before the bad item is sent", ofWrite(func(inner writeFunc) writeFunc {
		return func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
			if len(writes) > 1 {
				_, _ = inner(ctx, writes[0])
			}
			return inner(ctx, writes...)
		}
	})},
	{"W6", "no more than one batch", ofWrite(func(inner writeFunc) writeFunc {
		return func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
			if len(writes) > 1000 {
				return nil, fmt.Errorf("%w: too many items", backends.ErrInvalid)
			}
			return inner(ctx, writes...)
		}
	})},
	{"W6", "results in another order", ofWrite(func(inner writeFunc) writeFunc {
		return func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
			results, err := inner(ctx, writes...)
			slices.Reverse(results)
			return results, err
		}
	})},
	{"W7", "Delete ignores the revision", ofItem(func(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
		if w.Delete {
			return overwrite(ctx, b, w)
		}
		return nil
	})},
	{"W7", "Delete leaves an empty record", ofItem(func(_ context.Context, _ backends.Backend, w *backends.Write) *backends.Result {
		if w.Delete {
			w.Delete, w.Value = false, nil
		}
		return nil
	})},
	{"W8", "the same write again counts as applied", ofItem(func(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
		if records, err := b.Read(ctx, w.Key); err == nil && records[0].Revision != w.Expect && string(records[0].Value) == string(w.Value) {
			return &backends.Result{Outcome: backends.Applied, Revision: records[0].Revision}
		}
		return nil
	})},
	{"W9", "a lost reply counts as a conflict", guessing(backends.Conflict)},
	{"W9", "a lost reply counts as applied", guessing(backends.Applied)},
	{"W9", "a lost reply counts as not sent", guessing(backends.NotSent)},
	{"W9", "a write outlives its context", ofWrite(func(inner writeFunc) writeFunc {
		return func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
			results, err := inner(ctx, writes...)
			if err != nil && errors.Is(err, backends.ErrUnavailable) || slices.ContainsFunc(results, unknown) {
				time.Sleep(time.Minute)
			}
			return results, err
		}
	})},
	{"W10", "looking and writing are two steps", ofItem(unguarded)},
	{"W11", "a wrong revision is enough if the session lives", ofItem(func(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
		if there, _ := exists(ctx, b, w.IfDead); there {
			w.IfDead = ""
			return overwrite(ctx, b, w)
		}
		return nil
	})},
}

func unknown(r backends.Result) bool { return r.Outcome == backends.Unknown }

// guessing makes up an outcome when no reply came.
func guessing(outcome backends.Outcome) func(*broken) {
	return ofWrite(func(inner writeFunc) writeFunc {
		return func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
			results, err := inner(ctx, writes...)
			for i := range results {
				if unknown(results[i]) {
					results[i].Outcome = outcome
				}
			}
			return results, err
		}
	})
}
