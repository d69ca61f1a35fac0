package etcd

import (
	"context"
	"fmt"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/tenure-go/tenure/backends"
)

// session is a lease, and a key that names it. The key is what proves life: an
// operator can delete it while the lease lives on.
type session struct {
	s     *Store
	id    backends.SessionID
	lease clientv3.LeaseID
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
	key := s.sessionKey(o.id)
	resp, err := s.client.Txn(ctx).
		If(clientv3.Compare(clientv3.CreateRevision(key), "=", 0)).
		Then(clientv3.OpPut(key, string(spec.Description), clientv3.WithLease(o.lease))).
		Commit()
	if err == nil && !resp.Succeeded {
		err = fmt.Errorf("the fresh key %s exists", key)
	}
	if err != nil {
		o.revokeLater()
		return nil, backends.Renewal{}, wrap("create the session's key", err)
	}
	return o, backends.Renewal{ValidFor: granted}, nil
}

// revokeLater gives a lease back that came to nothing. If that fails too, it
// expires by itself.
func (o *session) revokeLater() {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, _ = o.s.client.Revoke(ctx, o.lease)
	}()
}

// ID implements backends.Session.
func (o *session) ID() backends.SessionID { return o.id }

// Renew implements backends.Session. It renews the lease by one message on a
// stream of its own, because Client.KeepAliveOnce tries again without a pause
// while the server is away, and then reads the key: the lease does not know
// that its key was deleted.
func (o *session) Renew(ctx context.Context) (backends.Renewal, error) {
	ctx, cancel := context.WithCancel(ctx) // ends the stream
	defer cancel()
	ttl, err := o.keepAlive(clientv3.WithRequireLeader(ctx))
	if err != nil {
		return backends.Renewal{}, wrap("renew", err)
	}
	if ttl <= 0 {
		return backends.Renewal{}, fmt.Errorf("etcd: renew: %w: the lease has expired or was revoked", backends.ErrSessionLost)
	}
	resp, err := o.s.client.Get(ctx, o.s.sessionKey(o.id), clientv3.WithKeysOnly())
	if err != nil {
		return backends.Renewal{}, wrap("read the session's key", err)
	}
	if len(resp.Kvs) == 0 || clientv3.LeaseID(resp.Kvs[0].Lease) != o.lease {
		return backends.Renewal{}, fmt.Errorf("etcd: renew: %w: its key is gone", backends.ErrSessionLost)
	}
	return backends.Renewal{ValidFor: time.Duration(ttl) * time.Second}, nil
}

func (o *session) keepAlive(ctx context.Context) (ttl int64, err error) {
	stream, err := pb.NewLeaseClient(o.s.client.ActiveConnection()).LeaseKeepAlive(ctx)
	if err != nil {
		return 0, clientv3.ContextError(ctx, err)
	}
	if err := stream.Send(&pb.LeaseKeepAliveRequest{ID: int64(o.lease)}); err != nil {
		return 0, clientv3.ContextError(ctx, err)
	}
	resp, err := stream.Recv()
	if err != nil {
		return 0, clientv3.ContextError(ctx, err)
	}
	return resp.TTL, nil
}

// Close implements backends.Session: revoking the lease deletes the key in the
// same step.
func (o *session) Close(ctx context.Context) error {
	_, err := o.s.client.Revoke(ctx, o.lease)
	if err != nil && kind(err) != backends.ErrSessionLost {
		return wrap("close the session", err)
	}
	// The key can outlive its lease only if somebody attached it to another.
	return nil
}

// Sessions implements backends.Backend.
func (s *Store) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	kvs, _, err := s.rangeAll(ctx, s.root+"sessions/", 0)
	if err != nil {
		return nil, wrap("list sessions", err)
	}
	infos := make([]backends.SessionInfo, len(kvs))
	for i, kv := range kvs {
		infos[i] = backends.SessionInfo{ID: s.sessionOf(kv.Key), Description: kv.Value}
	}
	return infos, nil
}
