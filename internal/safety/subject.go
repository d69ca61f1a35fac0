package main

import (
	"context"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

// subject is a process's belief that it holds something, and the key on the
// server that makes it true.
type subject struct {
	proxy  *tcpproxy.Proxy
	client *clientv3.Client
	key    string
	done   <-chan struct{} // closed when the process stops believing
	close  func()
}

// outcome is when a subject stopped and when the server let go.
type outcome struct {
	stopped time.Time
	died    death
}

// atLeast is how long before the deletion the subject stopped, at least: what
// the events do not tell counts against it. Zero or less may have been late.
func (o outcome) atLeast() time.Duration { return o.died.earliest.Sub(o.stopped) }

// late is how long after the deletion the subject stopped, at least: what the
// events do not tell counts for it. It is negative for one that was not late.
func (o outcome) late() time.Duration { return o.stopped.Sub(o.died.seen) }

// through starts a proxy to the server and a client that goes through it.
func through(endpoint string, dialTimeout time.Duration) (*tcpproxy.Proxy, *clientv3.Client, error) {
	proxy, err := tcpproxy.Start(endpoint)
	if err != nil {
		return nil, nil, err
	}
	client, err := dial(dialTimeout, proxy.Addr())
	if err != nil {
		_ = proxy.Close()
		return nil, nil, err
	}
	return proxy, client, nil
}

// ours is a Tenure node that leads an election.
func ours(ctx context.Context, endpoint, prefix string, ttl, dialTimeout time.Duration) (*subject, error) {
	proxy, client, err := through(endpoint, dialTimeout)
	if err != nil {
		return nil, err
	}
	l, err := lead(ctx, client, prefix, "node", "job", ttl)
	if err != nil {
		_ = proxy.Close()
		return nil, fmt.Errorf("tenure: %w", err)
	}
	s := &subject{proxy: proxy, client: client, done: l.term.Context().Done()}
	s.close = func() {
		l.close()
		_ = proxy.Close()
	}
	inc, _ := l.node.Incarnation()
	if inc == nil {
		s.close()
		return nil, fmt.Errorf("tenure: the session of %s was lost before the experiment began", prefix)
	}
	// Where backends/etcd keeps sessions. Were it wrong, no deletion would be seen
	// and the experiment would fail.
	s.key = prefix + "/sessions/" + backends.Escape(string(inc.ID()))
	return s, nil
}

// theirs is a session of etcd's own client library. With
// cutAfterGrant the network falls silent between the grant of the lease and the
// first renewal.
func theirs(ctx context.Context, endpoint, prefix string, ttl, dialTimeout time.Duration, cutAfterGrant bool) (*subject, error) {
	proxy, client, err := through(endpoint, dialTimeout)
	if err != nil {
		return nil, err
	}
	s := &subject{proxy: proxy, client: client, key: "concurrency/" + prefix}
	s.close = func() {
		_ = client.Close()
		_ = proxy.Close()
	}
	fail := func(err error) (*subject, error) {
		s.close()
		return nil, fmt.Errorf("concurrency.Session: %w", err)
	}
	grant, err := client.Grant(ctx, int64(ttl/time.Second))
	if err != nil {
		return fail(err)
	}
	if _, err := client.Put(ctx, s.key, "", clientv3.WithLease(grant.ID)); err != nil {
		return fail(err)
	}
	if cutAfterGrant {
		proxy.Cut()
	}
	session, err := concurrency.NewSession(client, concurrency.WithLease(grant.ID))
	if err != nil {
		return fail(err)
	}
	s.done = session.Done()
	return s, nil
}

// watch waits until the subject has stopped and its key is deleted.
func (s *subject) watch(ctx context.Context, d *deaths, died <-chan death) (outcome, error) {
	var o outcome
	done := s.done
	for o.stopped.IsZero() || o.died.seen.IsZero() {
		select {
		case <-done:
			o.stopped, done = time.Now(), nil
		case o.died = <-died:
		case <-d.failed:
			return o, fmt.Errorf("the watch on the server: %w", d.err)
		case <-ctx.Done():
			return o, fmt.Errorf("%s: stopped %v, deleted %v: %w", s.key, !o.stopped.IsZero(), !o.died.seen.IsZero(), context.Cause(ctx))
		}
	}
	return o, nil
}
