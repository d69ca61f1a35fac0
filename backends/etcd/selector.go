package etcd

import (
	"fmt"
	"slices"
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

// following is what is watched: a key, or a prefix. Its snapshot is of revision
// seen.
type following struct {
	key     string
	prefix  bool
	changes clientv3.WatchChan
	seen    int64
}

func (f *following) covers(g *following) bool {
	return f.key == g.key && f.prefix == g.prefix || f.prefix && strings.HasPrefix(g.key, f.key)
}

// following translates selectors. What another one covers is left out: two watches
// of one key run at their own pace, and the slower one would go back.
func (s *Store) following(selectors []backends.Selector) ([]*following, error) {
	var all []*following
	for _, selector := range selectors {
		f, err := s.place(selector)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(g *following) bool { return g.covers(f) }) {
			continue
		}
		all = append(slices.DeleteFunc(all, f.covers), f)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("etcd: watch: %w: it needs a selector", backends.ErrInvalid)
	}
	return all, nil
}

func (s *Store) place(selector backends.Selector) (*following, error) {
	switch {
	case selector.Key() != "":
		return &following{key: s.recordKey(selector.Key())}, nil
	case selector.Dir() != "":
		return &following{key: s.recordKey(backends.Key(selector.Dir())), prefix: true}, nil
	case selector.Session() != "":
		return &following{key: s.sessionKey(selector.Session())}, nil
	case selector.Sessions():
		return &following{key: s.sessionRoot(), prefix: true}, nil
	}
	return nil, fmt.Errorf("etcd: watch: %w: an empty selector", backends.ErrInvalid)
}
