package etcd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

// revokeLimit bounds the attempt to give back a lease that came to nothing.
const revokeLimit = 5 * time.Second

// session is a lease, and a key that names it. The key is what proves life: an
// operator can delete it while the lease lives on.
type session struct {
	s     *Store
	id    backends.SessionID
	lease clientv3.LeaseID

	mu   sync.Mutex // guards what follows; never held across a call
	idle *stream    // for the next renewal, or nil
	over bool       // closed or lost: keep no stream
}

// OpenSession implements backends.Backend: a lease is granted, and a fresh key
// attached to it.
func (s *Store) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	if err := backends.CheckSession(s.Capabilities(), spec); err != nil {
		return nil, backends.Renewal{}, err
	}
	ttl := backends.RoundTTL(spec.TTL, time.Second)
	grant, err := s.client.Grant(ctx, int64(ttl/time.Second))
	if err != nil {
		return nil, backends.Renewal{}, wrap("grant a lease", err)
	}
	o := &session{s: s, id: backends.NewSessionID(), lease: grant.ID}
	granted := time.Duration(grant.TTL) * time.Second
	if granted < spec.TTL {
		o.revokeLater()
		return nil, backends.Renewal{}, fmt.Errorf("etcd: %w: asked for a TTL of %v, the server gave %v", backends.ErrUnsupported, spec.TTL, granted)
	}
	if err := o.createKey(ctx, spec.Description); err != nil {
		o.revokeLater()
		return nil, backends.Renewal{}, err
	}
	return o, backends.Renewal{ValidFor: granted}, nil
}

func (o *session) createKey(ctx context.Context, description []byte) error {
	key := o.s.sessionKey(o.id)
	resp, err := o.s.client.Txn(ctx).
		If(clientv3.Compare(clientv3.CreateRevision(key), "=", 0)).
		Then(clientv3.OpPut(key, string(description), clientv3.WithLease(o.lease))).
		Commit()
	switch {
	case errors.Is(err, rpctypes.ErrLeaseNotFound):
		// No session was lost yet: opening another one is the thing to do.
		return fmt.Errorf("etcd: open a session: %w: its lease ended before its key was there, try again: %w", backends.ErrUnavailable, err)
	case err != nil:
		return wrap("create the session's key", err)
	case !resp.Succeeded:
		return fmt.Errorf("etcd: open a session: %w: the fresh key %s exists, try again", backends.ErrUnavailable, key)
	}
	return nil
}

// revokeLater gives a lease back that came to nothing. If that fails too, it
// expires by itself.
func (o *session) revokeLater() {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), revokeLimit)
		defer cancel()
		_, _ = o.s.client.Revoke(ctx, o.lease)
	}()
}

// ID implements backends.Session.
func (o *session) ID() backends.SessionID { return o.id }

// Renew implements backends.Session. It renews the lease and reads the key, because
// the lease does not know that its key was deleted. Both go out at once: what both
// found was so after the call began, and slow replies are waited for once.
func (o *session) Renew(ctx context.Context) (backends.Renewal, error) {
	renewal, err := o.renew(ctx)
	if errors.Is(err, backends.ErrSessionLost) {
		o.end()
	}
	return renewal, err
}

func (o *session) renew(ctx context.Context) (backends.Renewal, error) {
	key := make(chan error, 1)
	go func() { key <- o.readKey(ctx) }()
	ttl, err := o.keepAlive(ctx)
	if gone := <-key; gone != nil && (err == nil || errors.Is(gone, backends.ErrSessionLost)) {
		return backends.Renewal{}, gone
	}
	if err != nil {
		return backends.Renewal{}, wrap("renew", err)
	}
	if ttl <= 0 {
		return backends.Renewal{}, fmt.Errorf("etcd: renew: %w: the lease has expired or was revoked", backends.ErrSessionLost)
	}
	return backends.Renewal{ValidFor: ttl}, nil
}

// readKey returns an error unless the session's key is there.
func (o *session) readKey(ctx context.Context) error {
	resp, err := o.s.client.Get(ctx, o.s.sessionKey(o.id), clientv3.WithKeysOnly())
	if err != nil {
		return wrap("read the session's key", err)
	}
	if len(resp.Kvs) == 0 || clientv3.LeaseID(resp.Kvs[0].Lease) != o.lease {
		return fmt.Errorf("etcd: renew: %w: its key is gone", backends.ErrSessionLost)
	}
	return nil
}

// Close implements backends.Session: revoking the lease deletes the key in the
// same step.
func (o *session) Close(ctx context.Context) error {
	o.end()
	_, err := o.s.client.Revoke(ctx, o.lease)
	if err != nil && !errors.Is(err, rpctypes.ErrLeaseNotFound) {
		return wrap("close the session", err)
	}
	return nil
}

// Sessions implements backends.Backend.
func (s *Store) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	kvs, err := s.rangeNow(ctx, s.sessionRoot())
	if err != nil {
		return nil, wrap("list sessions", err)
	}
	infos := make([]backends.SessionInfo, 0, len(kvs))
	for _, kv := range kvs {
		if id, ok := s.sessionOf(kv.Key); ok {
			infos = append(infos, backends.SessionInfo{ID: id, Description: kv.Value})
		}
	}
	return infos, nil
}
