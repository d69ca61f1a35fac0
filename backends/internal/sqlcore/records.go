package sqlcore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/backends"
)

// Read implements backends.Backend by one SELECT.
func (s *Store) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	for _, k := range keys {
		if err := k.Valid(); err != nil {
			return nil, err
		}
	}
	found := make(map[backends.Key]backends.Record, len(keys))
	err := s.query(ctx, s.d.Read, []any{list(keys)}, func(scan Scan) error {
		r, err := record(scan)
		found[r.Key] = r
		return err
	})
	if err != nil {
		return nil, s.wrap("read", err)
	}
	records := make([]backends.Record, len(keys))
	for i, k := range keys {
		records[i] = found[k]
		records[i].Key = k
	}
	return records, nil
}

// List implements backends.Backend by one SELECT: a directory is a range of keys,
// from its name with the closing '/' to its name with the next character, '0'. The
// records are sorted here, where all bytes compare alike.
func (s *Store) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	from := string(dir)
	if _, err := dir.Segments(); err != nil || from == "" || from[len(from)-1] != '/' {
		return nil, fmt.Errorf("%w: %.60q is not a directory", backends.ErrInvalid, dir)
	}
	records := []backends.Record{}
	err := s.query(ctx, s.d.List, []any{from, from[:len(from)-1] + "0"}, func(scan Scan) error {
		r, err := record(scan)
		records = append(records, r)
		return err
	})
	if err != nil {
		return nil, s.wrap("list "+from, err)
	}
	slices.SortFunc(records, func(a, b backends.Record) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return records, nil
}

// record reads a row. One that this package cannot have written is foreign: a write
// does not replace it either, because no caller can expect its revision.
func record(scan Scan) (backends.Record, error) {
	var r backends.Record
	var key, revision string
	if err := scan(&key, &r.Value, &revision); err != nil {
		return r, err
	}
	r.Key, r.Revision = backends.Key(key), backends.Revision(revision)
	if r.Key.Valid() != nil || !ours(r.Revision) {
		return r, fmt.Errorf("%w: the row with the key %.60q and the revision %.60q", backends.ErrForeign, key, revision)
	}
	return r, nil
}

// newRevision is as good as a session's ID, and for the same reason.
func newRevision() backends.Revision { return backends.Revision(backends.NewSessionID()) }

// ours reports whether newRevision can have made a revision.
func ours(r backends.Revision) bool {
	if len(r) != 32 {
		return false
	}
	for _, c := range []byte(r) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
