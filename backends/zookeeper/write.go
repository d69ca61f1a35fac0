package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-zookeeper/zk"

	"github.com/tenure-go/tenure/backends"
)

// fruitless is how many attempts may apply nothing although all conditions hold. Only
// znodes that somebody else has changed bring that about.
const fruitless = 5

// Write implements backends.Backend: up to 50 items in one transaction, one after the
// other.
func (s *Store) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if err := backends.CheckWrites(s.Capabilities(), writes); err != nil {
		return nil, err
	}
	results := make([]backends.Result, len(writes))
	sent := len(writes) == 0
	for begin := 0; begin < len(writes); {
		end := begin + s.fitting(writes[begin:])
		s.apply(ctx, writes[begin:end], results[begin:end])
		begin = end
	}
	for _, r := range results {
		sent = sent || r.Outcome != backends.NotSent
	}
	if !sent {
		return nil, results[0].Err
	}
	return results, nil
}

// itemOverhead is more than what an item adds to a transaction besides its value and its
// names: the headers of its operations, and two ACLs of one entry.
const itemOverhead = 512

// fitting is how many of the writes go into one transaction: at least one.
func (s *Store) fitting(writes []backends.Write) int {
	size := 0
	for i, w := range writes {
		size += len(w.Value) + 2*len(s.recordPath(w.Key)) + 2*len(s.sessionPath(w.IfDead)) + itemOverhead
		if i == maxBatch || i > 0 && size > maxBytes {
			return i
		}
	}
	return len(writes)
}

// apply writes items in one transaction and fills in their results. A transaction applies
// all of them or nothing: then the items whose conditions do not hold are found and given
// their results, and the others are sent again.
func (s *Store) apply(ctx context.Context, writes []backends.Write, results []backends.Result) {
	open := s.items(writes, results)
	for misses := 0; len(open) > 0; {
		err := s.commit(ctx, s.transaction(open)...)
		if err == nil {
			for _, i := range open {
				*i.result = backends.Result{Outcome: backends.Applied, Revision: i.next}
			}
			return
		}
		if !condition(err) {
			failed(err, open)
			return
		}
		rest, moved, err := s.judge(ctx, open, err)
		switch {
		case err != nil: // nothing is under way: the transaction was turned down
			failed(fmt.Errorf("%w: %w", errUnsent, err), rest)
			return
		case !moved:
			misses++
		}
		if misses == fruitless {
			failed(fmt.Errorf("%w: the znode of %q or one of its children was changed by something else", backends.ErrForeign, rest[0].Key), rest)
			return
		}
		open = rest
	}
}

// condition reports whether a transaction was turned down because of what it found.
func condition(err error) bool {
	for _, found := range []error{zk.ErrNoNode, zk.ErrNodeExists, zk.ErrBadVersion, zk.ErrNotEmpty} {
		if errors.Is(err, found) {
			return true
		}
	}
	return false
}

// failed gives items the result of a request that failed.
func failed(err error, items []*item) {
	outcome := backends.Unknown
	if refused(err) {
		outcome = backends.NotSent
	}
	for _, i := range items {
		*i.result = backends.Result{Outcome: outcome, Err: wrap("write", err)}
	}
}

// item is one write on its way.
type item struct {
	backends.Write
	path   string
	expect version // unless Expect is Absent
	fresh  life    // of the record that a creation makes
	result *backends.Result
	next   backends.Revision // what the record has once the last transaction applied

	// What the last look has found.
	bare      bool  // a creation finds a znode without data, of this version
	version   int32 // see bare
	inhabited bool  // there are records below
}

// items prepares writes. One whose revision is none of this store's conflicts at once.
func (s *Store) items(writes []backends.Write, results []backends.Result) []*item {
	var open []*item
	for n, w := range writes {
		i := &item{Write: w, path: s.recordPath(w.Key), result: &results[n]}
		if w.Expect == backends.Absent {
			i.fresh = newLife()
		} else if v, ok := parseRevision(w.Expect); ok {
			i.expect = v
		} else {
			results[n] = backends.Result{Outcome: backends.Conflict}
			continue
		}
		open = append(open, i)
	}
	return open
}

// transaction returns the operations for the items. That a session has no znode is shown
// by creating it, which is undone at once: there is no operation that checks it.
func (s *Store) transaction(items []*item) []any {
	var ops []any
	proven := map[backends.SessionID]bool{}
	for _, i := range items {
		if i.IfDead != "" && !proven[i.IfDead] {
			proven[i.IfDead] = true
			path := s.sessionPath(i.IfDead)
			ops = append(ops, &zk.CreateRequest{Path: path, Acl: s.o.ACL}, &zk.DeleteRequest{Path: path, Version: -1})
		}
	}
	for _, i := range items {
		ops = append(ops, i.operations(s.o.ACL)...)
	}
	return ops
}

// operations returns those of one item, and notes the revision that they bring.
func (i *item) operations(acl []zk.ACL) []any {
	born := &zk.CreateRequest{Path: i.fresh.path(i.path), Acl: acl}
	switch {
	case i.Expect == backends.Absent && !i.bare:
		i.next = version{i.fresh, 0}.revision()
		return []any{&zk.CreateRequest{Path: i.path, Data: encode(i.fresh, i.Value), Acl: acl}, born}
	case i.Expect == backends.Absent:
		i.next = version{i.fresh, i.version + 1}.revision()
		return []any{&zk.SetDataRequest{Path: i.path, Data: encode(i.fresh, i.Value), Version: i.version}, born}
	case !i.Delete:
		i.next = version{i.expect.life, i.expect.number + 1}.revision()
		return []any{
			&zk.CheckVersionRequest{Path: i.expect.life.path(i.path), Version: -1},
			&zk.SetDataRequest{Path: i.path, Data: encode(i.expect.life, i.Value), Version: i.expect.number},
		}
	}
	i.next = backends.Absent
	ends := &zk.DeleteRequest{Path: i.expect.life.path(i.path), Version: -1}
	if i.inhabited {
		return []any{ends, &zk.SetDataRequest{Path: i.path, Version: i.expect.number}}
	}
	return []any{ends, &zk.DeleteRequest{Path: i.path, Version: i.expect.number}}
}

// judge looks at what the items name, after their transaction was turned down with why.
// It gives a result to each whose condition did not hold, and returns the others, and
// whether anything has changed for the next attempt. The server that answers has seen
// what turned the transaction down: a client sees its own past.
func (s *Store) judge(ctx context.Context, open []*item, why error) (rest []*item, moved bool, err error) {
	alive, err := s.alive(ctx, open)
	if err != nil {
		return open, false, err
	}
	paths := make([]string, len(open))
	for n, i := range open {
		paths[n] = i.path
	}
	nodes, err := s.getAll(ctx, nil, paths)
	if err != nil {
		return open, false, err
	}
	for n, i := range open {
		r, err := decode(i.Key, nodes[n].data, nodes[n].stat)
		switch {
		case err != nil || r.Revision != i.Expect: // what is foreign has no revision
			*i.result = backends.Result{Outcome: backends.Conflict}
		case alive[i.IfDead]:
			*i.result = backends.Result{Outcome: backends.Alive}
		default:
			rest = append(rest, i)
			moved = i.found(nodes[n].stat) || moved
		}
	}
	moved = moved || len(rest) < len(open)
	if errors.Is(why, zk.ErrNoNode) && !moved {
		moved, err = s.makeParents(ctx, rest)
	}
	return rest, moved, err
}

// found notes what an item's znode looks like, and reports whether that is news.
func (i *item) found(stat *zk.Stat) bool {
	before := *i
	i.bare = i.Expect == backends.Absent && stat != nil
	if i.bare {
		i.version = stat.Version
	}
	i.inhabited = inhabited(stat, i.Expect != backends.Absent)
	return i.bare != before.bare || i.version != before.version || i.inhabited != before.inhabited
}

// alive returns those sessions that items want to be dead and that have a znode.
func (s *Store) alive(ctx context.Context, open []*item) (map[backends.SessionID]bool, error) {
	var ids []backends.SessionID
	asked := map[backends.SessionID]bool{"": true}
	for _, i := range open {
		if !asked[i.IfDead] {
			asked[i.IfDead] = true
			ids = append(ids, i.IfDead)
		}
	}
	infos, err := s.look(ctx, nil, ids)
	alive := map[backends.SessionID]bool{}
	for _, info := range infos {
		alive[info.ID] = true
	}
	return alive, err
}

// makeParents creates the znodes above the items that create a record, and reports
// whether any was missing.
func (s *Store) makeParents(ctx context.Context, items []*item) (missing bool, err error) {
	looked := map[string]bool{}
	for _, i := range items {
		parent := i.path[:strings.LastIndexByte(i.path, '/')]
		if i.Expect != backends.Absent || i.bare || looked[parent] {
			continue
		}
		looked[parent] = true
		made, err := s.makeDirs(ctx, parent)
		if err != nil {
			return missing, err
		}
		missing = missing || made
	}
	return missing, nil
}
