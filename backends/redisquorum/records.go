package redisquorum

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

// Read implements backends.Backend: one request to each server while a majority agrees,
// for all keys up to a hundred.
func (s *Store) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	items := map[backends.Key]*item{}
	var todo []*item
	for _, k := range keys {
		if err := k.Valid(); err != nil {
			return nil, err
		}
		if items[k] == nil {
			items[k] = &item{key: k, reads: true}
			todo = append(todo, items[k])
		}
	}
	if err := s.settle(ctx, "read", todo, true); err != nil {
		return nil, err
	}
	records := make([]backends.Record, len(keys))
	for n, k := range keys {
		if items[k].verdict == alien {
			return nil, foreign(k)
		}
		records[n] = record(k, items[k].current)
	}
	return records, nil
}

func record(key backends.Key, v *version) backends.Record {
	if v == nil || v.gone {
		return backends.Record{Key: key}
	}
	return backends.Record{Key: key, Value: []byte(v.value), Revision: backends.Revision(v.revision)}
}

// listing is what one server has of a directory. All but the values is kept to tell
// later whether anything has changed.
type listing struct {
	changes  any // its count of changes before the first page
	versions map[backends.Key]*version
}

// List implements backends.Backend: every server lists the directory, and a record on
// which a majority of them does not agree is read.
func (s *Store) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	found, err := s.list(ctx, dir)
	return found.records, err
}

// remembered is a listing, and on which servers it was made, by their place, with what
// they had counted before.
type remembered struct {
	records []backends.Record
	view    string
	changes map[int]any
}

func (s *Store) list(ctx context.Context, dir backends.Dir) (remembered, error) {
	return inOneView(func() (remembered, error) { return s.listInView(ctx, dir) })
}

func (s *Store) listInView(ctx context.Context, dir backends.Dir) (remembered, error) {
	// The view is learnt, and a lack of servers told, by asking for the counts.
	box, err := s.poll(ctx, "list "+string(dir), s.same(changesScript))
	if err != nil {
		return remembered{}, err
	}
	m := remembered{view: box.view, changes: map[int]any{}}
	var bad []answer[[]any]
	all := map[backends.Key][]*version{}
	for _, a := range gather(s, func(i int) (listing, error) { return s.listOn(ctx, i, box.view, dir) }) {
		if a.err != nil {
			bad = append(bad, answer[[]any]{a.server, nil, a.err})
			continue
		}
		m.changes[a.server] = a.value.changes
		for k, v := range a.value.versions {
			all[k] = append(all[k], v)
		}
	}
	if len(m.changes) < s.majority {
		return remembered{}, s.short("list "+string(dir), bad)
	}
	m.records, err = s.resolve(ctx, all, len(m.changes))
	return m, err
}

// resolve makes records of the versions that a number of servers has listed.
func (s *Store) resolve(ctx context.Context, all map[backends.Key][]*version, servers int) ([]backends.Record, error) {
	var found []backends.Record
	var unsure []backends.Key
	for k, votes := range all {
		for len(votes) < servers {
			votes = append(votes, nil) // the others do not have it
		}
		if v, ok := agreed(votes, s.majority); ok {
			found = append(found, record(k, v))
		} else {
			unsure = append(unsure, k)
		}
	}
	read, err := s.Read(ctx, unsure...)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(append(found, read...), func(r backends.Record) bool { return r.Revision == backends.Absent })
	slices.SortFunc(found, func(a, b backends.Record) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return found, nil
}

// listOn lists a directory on one server, page by page. What is foreign is read
// later, which tells so.
func (s *Store) listOn(ctx context.Context, i int, view string, dir backends.Dir) (listing, error) {
	// '0' is the character after '/': so the range is all that begins with dir.
	from, to := "["+string(dir), "("+strings.TrimSuffix(string(dir), "/")+"0"
	l := listing{versions: map[backends.Key]*version{}}
	for first := true; ; first = false {
		page, err := s.servers[i].vote(ctx, request{listScript, s.roots, []any{view, maxBytes, from, to, maxBatch}})
		if err != nil {
			return l, err
		}
		if len(page) < 2 || len(page)%2 != 0 {
			return l, rediscall.Strange(page)
		}
		if first {
			l.changes = page[0]
		}
		for n := 2; n < len(page); n += 2 {
			key, _ := page[n].(string)
			from = "(" + key
			if backends.Key(key).Valid() != nil {
				return l, foreign(backends.Key(key))
			}
			l.add(i, backends.Key(key), page[n+1])
		}
		if page[1] == int64(0) {
			return l, nil
		}
	}
}

// add notes a version. A foreign one agrees with none, so the key will be read.
func (l listing) add(server int, key backends.Key, stored any) {
	text, _ := stored.(string)
	v, ok := parse(text)
	if !ok && stored != nil {
		v = &version{ballot: ballot(fmt.Sprint("foreign on ", server))}
	}
	if v != nil {
		l.versions[key] = v
	}
}
