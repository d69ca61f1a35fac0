package backendtest_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// ofRecords changes what Read and List answer.
func ofRecords(read, list func([]backends.Record) []backends.Record) func(*broken) {
	return func(b *broken) {
		inner := b.Backend
		if read != nil {
			b.read = func(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
				records, err := inner.Read(ctx, keys...)
				return read(records), err
			}
		}
		if list != nil {
			b.list = func(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
				records, err := inner.List(ctx, dir)
				return list(records), err
			}
		}
	}
}

func eachRecord(change func(r *backends.Record)) func([]backends.Record) []backends.Record {
	return func(records []backends.Record) []backends.Record {
		for i := range records {
			change(&records[i])
		}
		return records
	}
}

func byKey(x, y backends.Record) int { return strings.Compare(string(x.Key), string(y.Key)) }

// folding loses part of every key's name.
func folding(fold func(backends.Key) backends.Key) func(*broken) {
	return func(b *broken) {
		inner := b.Backend
		b.read = func(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
			folded := make([]backends.Key, len(keys))
			for i, k := range keys {
				folded[i] = fold(k)
			}
			records, err := inner.Read(ctx, folded...)
			for i := range records {
				records[i].Key = keys[i]
			}
			return records, err
		}
		ofItem(func(_ context.Context, _ backends.Backend, w *backends.Write) *backends.Result {
			w.Key = fold(w.Key)
			return nil
		})(b)
	}
}

// stale reads from a cache that is refreshed now and then.
func stale(b *broken) {
	inner := b.Backend
	var mu sync.Mutex
	cache := map[backends.Key]backends.Record{}
	n := 0
	b.read = func(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
		records, err := inner.Read(ctx, keys...)
		mu.Lock()
		defer mu.Unlock()
		n++
		for i, r := range records {
			if old, ok := cache[r.Key]; ok && n%4 > 0 {
				records[i] = old
			}
			cache[r.Key] = r
		}
		return records, err
	}
}

var recordMutants = []mutant{
	{"R1", "ordered by key", ofRecords(func(records []backends.Record) []backends.Record {
		slices.SortFunc(records, byKey)
		return records
	}, nil)},
	{"R1", "absent records are left out", ofRecords(func(records []backends.Record) []backends.Record {
		return slices.DeleteFunc(records, func(r backends.Record) bool { return r.Revision == backends.Absent })
	}, nil)},
	{"R2", "reads from a cache", stale},
	{"R3", "one page only", ofRecords(nil, func(records []backends.Record) []backends.Record {
		return records[:min(len(records), 1000)]
	})},
	{"R3", "no order", ofRecords(nil, func(records []backends.Record) []backends.Record {
		slices.Reverse(records)
		return records
	})},
	{"R3", "one level only", ofRecords(nil, func(records []backends.Record) []backends.Record {
		return slices.DeleteFunc(records, func(r backends.Record) bool { return strings.Count(string(r.Key), "/") > 2 })
	})},
	{"R3", "the directory's name is a bare prefix", func(b *broken) {
		inner := b.Backend
		b.list = func(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
			return inner.List(ctx, backends.Dir(strings.TrimSuffix(string(dir), "/")))
		}
	}},
	{"R3", "a listing is a second old", oldListing},
	{"R4", "List has revisions of its own", ofRecords(nil, eachRecord(func(r *backends.Record) { r.Revision += "l" }))},
	{"R4", "the watch has revisions of its own", ofEvent(func(e backends.Event) (backends.Event, bool) {
		e.Record.Revision += "w"
		return e, true
	})},
	{"R5", "upper and lower case meet", folding(func(k backends.Key) backends.Key { return backends.Key(strings.ToLower(string(k))) })},
	{"R5", "a zero byte ends a name", folding(func(k backends.Key) backends.Key {
		name, _, _ := strings.Cut(string(k), "%00")
		return backends.Key(name)
	})},
	{"R6", "values are trimmed", ofItem(func(_ context.Context, _ backends.Backend, w *backends.Write) *backends.Result {
		w.Value = bytes.TrimSpace(w.Value)
		return nil
	})},
	{"R6", "values are cut to the limit", func(b *broken) {
		inner := b.Backend
		b.write = func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
			for i := range writes {
				writes[i].Value = writes[i].Value[:min(len(writes[i].Value), inner.Capabilities().MaxValueBytes)]
			}
			return inner.Write(ctx, writes...)
		}
	}},
}

// oldListing answers from a listing that it made earlier.
func oldListing(b *broken) {
	inner := b.Backend
	type listing struct {
		at      time.Time
		records []backends.Record
	}
	cache := map[backends.Dir]listing{}
	b.list = func(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
		if old, ok := cache[dir]; ok && time.Since(old.at) < time.Second {
			return old.records, nil
		}
		records, err := inner.List(ctx, dir)
		cache[dir] = listing{time.Now(), records}
		return records, err
	}
}
