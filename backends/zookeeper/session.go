package zookeeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/tenure-go/tenure/backends"
)

// discardLimit bounds the attempt to end a session that came to nothing.
const discardLimit = 15 * time.Second

// session is an ephemeral znode, with a ZooKeeper session and a link of its own. Between
// renewals the link has no connection: so nothing but Renew keeps the session alive.
type session struct {
	s     *Store
	id    backends.SessionID
	link  *link
	renew chan struct{} // capacity 1: one renewal at a time
	over  atomic.Bool   // closed or lost
}

// OpenSession implements backends.Backend. The attempt is one ZooKeeper session: if the
// answer to the creation of the ephemeral znode is lost, the session is closed, or
// expires, and the znode ends with it.
func (s *Store) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	if err := backends.CheckSession(s.Capabilities(), spec); err != nil {
		return nil, backends.Renewal{}, err
	}
	if ctx.Err() != nil {
		return nil, backends.Renewal{}, wrap("open a session", context.Cause(ctx))
	}
	k, err := s.connectOnce(backends.RoundTTL(spec.TTL, time.Millisecond))
	if err != nil {
		return nil, backends.Renewal{}, wrap("open a session", err)
	}
	o := &session{s: s, id: backends.NewSessionID(), link: k, renew: make(chan struct{}, 1)}
	t := k.line.begin(ctx)
	if err := o.create(ctx, spec); err != nil {
		k.line.finish(t)
		go o.discard()
		return nil, backends.Renewal{}, wrap("open a session", err)
	}
	k.line.finish(t)
	// A session that is left to expire is neither closed nor renewed again, only dropped.
	runtime.AddCleanup(o, func(k *link) { go k.close() }, k)
	return o, backends.Renewal{ValidFor: k.line.timeout()}, nil
}

// create makes the ephemeral znode. The time of the ZooKeeper session began at the leader
// when that created it, which was after the call began.
func (o *session) create(ctx context.Context, spec backends.SessionSpec) error {
	if _, err := o.link.line.connected(ctx); err != nil {
		return err
	}
	if granted := o.link.line.timeout(); granted < spec.TTL {
		return fmt.Errorf("%w: asked for a TTL of %v, this server gave %v: give all servers the same maxSessionTimeout", backends.ErrUnavailable, spec.TTL, granted)
	}
	if err := o.link.authenticate(ctx, o.s.o.Auth); err != nil {
		return err
	}
	description := bytes.Clone(spec.Description) // a call that was given up may still read it
	_, err := o.link.call(ctx, func(c *zk.Conn) (any, error) {
		return c.Create(o.s.sessionPath(o.id), description, zk.FlagEphemeral, o.s.o.ACL)
	})
	return err
}

// discard ends the ZooKeeper session of an attempt that came to nothing. If that fails
// too, it expires by itself.
func (o *session) discard() {
	ctx, cancel := context.WithTimeout(context.Background(), discardLimit)
	defer cancel()
	if o.link.line.shaken() {
		o.link.line.begin(ctx)
		_, _ = o.link.line.connected(ctx)
	}
	o.link.close()
}

// ID implements backends.Session.
func (o *session) ID() backends.SessionID { return o.id }

// Renew implements backends.Session. Pings would not do: a follower answers them itself,
// and tells the leader, whose clock ends sessions, some time later. So the session
// connects anew, which no server accepts before the leader has started the session's
// time again; then a transaction finds the session's znode, which shows that it was the
// leader of a quorum.
func (o *session) Renew(ctx context.Context) (backends.Renewal, error) {
	if ctx.Err() != nil {
		return backends.Renewal{}, wrap("renew", context.Cause(ctx))
	}
	select {
	case o.renew <- struct{}{}:
		defer func() { <-o.renew }()
	case <-ctx.Done():
		return backends.Renewal{}, wrap("renew: wait for another renewal", context.Cause(ctx))
	}
	if o.over.Load() {
		return backends.Renewal{}, fmt.Errorf("zookeeper: renew: %w: it was closed or lost before", backends.ErrSessionLost)
	}
	t := o.link.line.begin(ctx)
	defer o.link.line.finish(t)
	_, err := o.link.call(ctx, func(c *zk.Conn) (any, error) {
		return c.Multi(&zk.CheckVersionRequest{Path: o.s.sessionPath(o.id), Version: -1})
	})
	switch {
	case err == nil:
		return backends.Renewal{ValidFor: o.link.line.timeout()}, nil
	case errors.Is(err, zk.ErrNoNode), errors.Is(err, errOther), errors.Is(err, zk.ErrSessionExpired), o.over.Load():
		o.end()
		return backends.Renewal{}, fmt.Errorf("zookeeper: renew: %w: its session has ended or its znode is gone: %w", backends.ErrSessionLost, err)
	}
	return backends.Renewal{}, wrap("renew", err)
}

// Close implements backends.Session: it deletes the znode, over the store's connection.
// The ZooKeeper session, which has nothing any more, expires.
func (o *session) Close(ctx context.Context) error {
	_, err := o.s.data.call(ctx, func(c *zk.Conn) (any, error) { return nil, c.Delete(o.s.sessionPath(o.id), -1) })
	if err != nil && !errors.Is(err, zk.ErrNoNode) {
		return wrap("close the session", err)
	}
	o.end()
	return nil
}

// end lets the session connect no more, and ends the library's goroutines.
func (o *session) end() {
	if o.over.CompareAndSwap(false, true) {
		go o.link.close() // it waits for the library
	}
}
