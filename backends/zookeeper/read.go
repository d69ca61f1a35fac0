package zookeeper

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/go-zookeeper/zk"

	"github.com/tenure-go/tenure/backends"
)

// pipelined is how many reads of one call are under way at once.
const pipelined = 16

// node is what was read of a znode.
type node struct {
	data []byte
	stat *zk.Stat // nil if there is none
}

// commit lets the ensemble apply operations as one transaction, or none of them.
func (s *Store) commit(ctx context.Context, ops ...any) error {
	_, err := s.data.call(ctx, func(c *zk.Conn) (any, error) { return c.Multi(ops...) })
	return err
}

// settled calls read when the server that answers it is up to date: it has applied a
// transaction that began after this call did. "sync" would be cheaper, but a leader
// answers it without asking whether it still leads. For a watch, which only must not go
// back, it is enough: a client is never moved to a server that is behind what the client has
// seen. Only with a new ZooKeeper session it forgets what that was, and a read may see the past:
//
//	commit at A, at transaction 9     session ends     get at B, at transaction 7
func (s *Store) settled(ctx context.Context, h *hints, read func() error) error {
	before, err := s.data.line.connected(ctx)
	if err != nil {
		return err
	}
	if h.settled(before) {
		_, err = s.data.call(ctx, func(c *zk.Conn) (any, error) { return c.Sync(s.o.Namespace) })
	} else {
		err = s.commit(ctx, &zk.CheckVersionRequest{Path: s.o.Namespace, Version: -1})
	}
	if err != nil {
		return err
	}
	if err := read(); err != nil {
		return err
	}
	after, err := s.data.line.connected(ctx)
	if err != nil {
		return err
	}
	if after != before {
		return errors.New("the connection's session has changed meanwhile, try again")
	}
	h.settle(before)
	return nil
}

// Read implements backends.Backend.
func (s *Store) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	return s.read(ctx, nil, keys)
}

func (s *Store) read(ctx context.Context, h *hints, keys []backends.Key) ([]backends.Record, error) {
	for _, k := range keys {
		if err := k.Valid(); err != nil {
			return nil, err
		}
	}
	records := make([]backends.Record, len(keys))
	err := s.settled(ctx, h, func() error {
		return each(ctx, len(keys), func(ctx context.Context, i int) error {
			n, err := s.get(ctx, h, s.recordPath(keys[i]))
			if err == nil {
				records[i], err = decode(keys[i], n.data, n.stat)
			}
			return err
		})
	})
	if err != nil {
		return nil, wrap("read", err)
	}
	return records, nil
}

// List implements backends.Backend: it walks down the tree, level by level.
func (s *Store) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	return s.list(ctx, nil, dir)
}

func (s *Store) list(ctx context.Context, h *hints, dir backends.Dir) ([]backends.Record, error) {
	key := backends.Key(strings.TrimSuffix(string(dir), "/"))
	if err := key.Valid(); err != nil {
		return nil, err
	}
	var records []backends.Record
	err := s.settled(ctx, h, func() error {
		for level := []string{s.recordPath(key)}; len(level) > 0; {
			found, below, err := s.level(ctx, h, level)
			if err != nil {
				return err
			}
			records, level = append(records, found...), below
		}
		return nil
	})
	if err != nil {
		return nil, wrap("list "+string(dir), err)
	}
	slices.SortFunc(records, func(a, b backends.Record) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return records, nil
}

// level returns the records right below some znodes, and which of these have others below.
func (s *Store) level(ctx context.Context, h *hints, parents []string) (found []backends.Record, below []string, err error) {
	children := make([][]string, len(parents))
	if err := each(ctx, len(parents), func(ctx context.Context, i int) (err error) {
		children[i], err = s.children(ctx, h, parents[i])
		return err
	}); err != nil {
		return nil, nil, err
	}
	var paths []string
	for i, names := range children {
		for _, name := range names {
			if !strings.HasPrefix(name, nameOfLife) {
				paths = append(paths, parents[i]+"/"+name)
			}
		}
	}
	nodes, err := s.getAll(ctx, h, paths)
	if err != nil {
		return nil, nil, err
	}
	for i, n := range nodes {
		r, err := decode(s.keyOf(paths[i]), n.data, n.stat)
		if err != nil {
			return nil, nil, err
		}
		if r.Revision != backends.Absent {
			found = append(found, r)
		}
		if inhabited(n.stat, r.Revision != backends.Absent) {
			below = append(below, paths[i])
		}
	}
	return found, below, nil
}

// inhabited reports whether a znode has children besides that of its incarnation.
func inhabited(stat *zk.Stat, record bool) bool {
	if stat == nil {
		return false
	}
	return stat.NumChildren > 1 || stat.NumChildren == 1 && !record
}

// Sessions implements backends.Backend.
func (s *Store) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	return s.listSessions(ctx, nil)
}

func (s *Store) listSessions(ctx context.Context, h *hints) (infos []backends.SessionInfo, err error) {
	err = s.settled(ctx, h, func() error {
		names, err := s.children(ctx, h, s.sessions())
		if err != nil {
			return err
		}
		var ids []backends.SessionID
		for _, name := range names {
			if id, err := backends.Unescape(name); err == nil {
				ids = append(ids, backends.SessionID(id))
			}
		}
		infos, err = s.look(ctx, h, ids)
		return err
	})
	if err != nil {
		return nil, wrap("list sessions", err)
	}
	return infos, nil
}

// look returns those of the sessions that have a znode.
func (s *Store) look(ctx context.Context, h *hints, ids []backends.SessionID) ([]backends.SessionInfo, error) {
	paths := make([]string, len(ids))
	for i, id := range ids {
		paths[i] = s.sessionPath(id)
	}
	nodes, err := s.getAll(ctx, h, paths)
	if err != nil {
		return nil, err
	}
	var infos []backends.SessionInfo
	for i, n := range nodes {
		if n.stat != nil {
			infos = append(infos, backends.SessionInfo{ID: ids[i], Description: n.data})
		}
	}
	return infos, nil
}

func (s *Store) getAll(ctx context.Context, h *hints, paths []string) ([]node, error) {
	nodes := make([]node, len(paths))
	err := each(ctx, len(paths), func(ctx context.Context, i int) (err error) {
		nodes[i], err = s.get(ctx, h, paths[i])
		return err
	})
	return nodes, err
}

// get reads one znode, unless hints know what it holds.
func (s *Store) get(ctx context.Context, h *hints, path string) (node, error) {
	if k, ok := h.kept(watched{path: path}); ok {
		return k.node, nil
	}
	value, err := s.data.call(ctx, func(c *zk.Conn) (any, error) { return h.get(c, path) })
	if errors.Is(err, zk.ErrNoNode) {
		return node{}, nil
	}
	if err != nil {
		return node{}, err
	}
	return value.(node), nil
}

// children returns the names of a znode's children, none if it does not exist.
func (s *Store) children(ctx context.Context, h *hints, path string) ([]string, error) {
	if k, ok := h.kept(watched{path: path, children: true}); ok {
		return k.names, nil
	}
	value, err := s.data.call(ctx, func(c *zk.Conn) (any, error) { return h.children(c, path) })
	if errors.Is(err, zk.ErrNoNode) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return value.([]string), nil
}

// each calls f for 0 to n-1, a few at a time, until one fails, and returns that error.
func each(ctx context.Context, n int, f func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	todo := make(chan int)
	for range min(n, pipelined) {
		all.Go(func() {
			for i := range todo {
				if err := f(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		todo <- i
	}
	close(todo)
	all.Wait()
	return context.Cause(ctx)
}
