package membership

import (
	"context"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/observe"
)

// followKeys is up to how many claims are watched one by one; for more, the
// whole directory is.
const followKeys = 128

// follower watches the claims that a keeper waits for. It only hints: what it
// reports is read before anything is decided. Its fields belong to the
// keeper's loop.
type follower struct {
	keys   map[backends.Key]bool // what is watched, nil: the whole directory
	cancel context.CancelFunc    // nil while nothing is watched
	ended  chan struct{}         // closed when the watch has ended
}

// follow opens, widens or closes the watch as the waiting claims demand.
func (k *Keeper) follow() {
	if k.watch == nil {
		return
	}
	k.mu.Lock()
	inc := k.inc
	covered := k.watch.covers(k.waiting)
	var keys []backends.Key
	if !covered {
		for _, s := range k.waiting {
			keys = append(keys, s.key)
		}
	}
	idle := len(k.waiting) == 0
	k.mu.Unlock()
	switch {
	case inc == nil, idle:
		k.stopFollowing()
	case !covered:
		k.stopFollowing()
		k.startFollowing(inc, keys)
	}
}

func (f *follower) covers(waiting map[string]*slot) bool {
	if f.cancel == nil {
		return len(waiting) == 0
	}
	select {
	case <-f.ended:
		return false
	default:
	}
	if f.keys == nil {
		return true
	}
	for _, s := range waiting {
		if !f.keys[s.key] {
			return false
		}
	}
	return true
}

func (k *Keeper) stopFollowing() {
	if k.watch != nil && k.watch.cancel != nil {
		k.watch.cancel()
		k.watch.cancel = nil
	}
}

func (k *Keeper) startFollowing(inc *Incarnation, keys []backends.Key) {
	ctx, cancel := context.WithCancel(inc.ctx)
	ended := make(chan struct{})
	k.watch.cancel, k.watch.ended, k.watch.keys = cancel, ended, nil
	selectors := []backends.Selector{backends.InDir(k.dir)}
	if len(keys) <= followKeys {
		k.watch.keys = make(map[backends.Key]bool, len(keys))
		selectors = selectors[:0]
		for _, key := range keys {
			k.watch.keys[key] = true
			selectors = append(selectors, backends.AtKey(key))
		}
	}
	go func() {
		defer close(ended)
		defer cancel()
		err := k.hear(ctx, selectors)
		if ctx.Err() == nil {
			k.node.Observe(observe.WatchEnded{Origin: k.node.Origin(), Scope: k.scope, Err: err})
		}
		// Not opened again before the next round or hint: a store that refuses
		// watches is not asked in a loop.
	}()
}

// hear passes changes on as hints until the watch ends.
func (k *Keeper) hear(ctx context.Context, selectors []backends.Selector) error {
	events, err := k.node.backend.Watch(ctx, k.node.cfg.every(), selectors...)
	if err != nil {
		return err
	}
	for e := range events {
		switch e.Kind {
		case backends.Put, backends.Deleted:
			k.hint(e.Record)
		case backends.Failed:
			return e.Err
		case backends.Synced, backends.SessionSeen, backends.SessionGone:
		}
	}
	return nil
}

// hint marks a claim for a look if its revision is not the one last read.
func (k *Keeper) hint(r backends.Record) {
	name, err := r.Key.Name()
	if err != nil {
		return
	}
	k.mu.Lock()
	s := k.slots[name]
	news := s != nil && s.key == r.Key && s.waits() && s.revision != r.Revision
	if news {
		s.look = true
		k.dirty[name] = s
	}
	k.mu.Unlock()
	if news {
		k.wakeUp()
	}
}
