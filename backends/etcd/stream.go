package etcd

import (
	"context"
	"errors"
	"io"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc"
)

// stream is one LeaseKeepAlive call, kept open from one renewal to the next. With
// authentication the client asks for a new token, a password check on the server,
// for every stream that it opens: too much for every renewal of every node. Client
// functions are not used: Client.KeepAliveOnce opens a stream each time and tries
// again without a pause while the server is away, and Client.KeepAlive counts from
// the arrival of a reply.
//
// At most one request is under way on a stream, and a stream whose reply was not
// awaited ends. So a late reply never passes for the answer to a later request.
type stream struct {
	rpc    pb.Lease_LeaseKeepAliveClient
	end    context.CancelFunc
	expiry *time.Timer // ends it when nobody renews any more
}

// keepAlive renews the lease once and returns its new TTL, 0 if there is no such
// lease. A kept stream that turns out to be broken is replaced within the call,
// because nobody could notice that before; a fresh one is not.
func (o *session) keepAlive(ctx context.Context) (time.Duration, error) {
	if kept := o.take(); kept != nil {
		ttl, err := o.ask(ctx, kept)
		if err == nil || ctx.Err() != nil {
			return ttl, err
		}
	}
	fresh, err := o.open(ctx)
	if err != nil {
		return 0, err
	}
	return o.ask(ctx, fresh)
}

// open opens a stream that outlives ctx, which bounds only the opening. It fails
// instead of serving a request while its member has no leader.
func (o *session) open(ctx context.Context) (*stream, error) {
	life, end := context.WithCancel(clientv3.WithRequireLeader(context.WithoutCancel(ctx)))
	defer context.AfterFunc(ctx, end)()
	rpc, err := pb.NewLeaseClient(o.s.client.ActiveConnection()).LeaseKeepAlive(life, grpc.WaitForReady(true))
	if err != nil {
		end()
		return nil, clientv3.ContextError(ctx, err)
	}
	return &stream{rpc: rpc, end: end}, nil
}

// ask sends one request and awaits its reply, until ctx is done. The stream is
// kept if it is still good.
func (o *session) ask(ctx context.Context, st *stream) (time.Duration, error) {
	abandoned := context.AfterFunc(ctx, st.end)
	resp, err := exchange(st.rpc, &pb.LeaseKeepAliveRequest{ID: int64(o.lease)})
	good := abandoned() && err == nil
	if err != nil {
		st.end()
		return 0, clientv3.ContextError(ctx, err)
	}
	ttl := time.Duration(resp.TTL) * time.Second
	if good {
		o.keep(st, ttl)
	}
	return ttl, nil
}

func exchange(rpc pb.Lease_LeaseKeepAliveClient, request *pb.LeaseKeepAliveRequest) (*pb.LeaseKeepAliveResponse, error) {
	// io.EOF from Send says only that the stream has ended; Recv says why.
	if err := rpc.Send(request); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return rpc.Recv()
}

// take returns the kept stream, if there is one that has not expired.
func (o *session) take() *stream {
	o.mu.Lock()
	defer o.mu.Unlock()
	st := o.idle
	o.idle = nil
	if st == nil || !st.expiry.Stop() {
		return nil
	}
	return st
}

// keep leaves a stream for the next renewal. It ends by itself when the lease
// would, so that a session that is left to expire leaves nothing behind.
func (o *session) keep(st *stream, ttl time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over || o.idle != nil || ttl <= 0 {
		st.end()
		return
	}
	st.expiry = time.AfterFunc(ttl, st.end)
	o.idle = st
}

// end gives up the kept stream and keeps no other.
func (o *session) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	if o.idle != nil {
		o.idle.expiry.Stop()
		o.idle.end()
		o.idle = nil
	}
}
