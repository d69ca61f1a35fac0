package etcd

import (
	"context"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/metadata"

	"github.com/tenure-go/tenure/backends"
)

// streamKey is the metadata that gives a store a watch stream of its own.
const streamKey = "tenure-store"

// pulse asks the server for a sign of life on the stream that all watches of a
// store share. Every watch hears the answer, so one request serves them all.
//
// The client puts watches on one stream if their contexts have the same metadata,
// and the server answers a request for progress only when all watches of the stream
// are up to date. So the stream is shared with nobody else: one foreign watch that
// waits for a future revision would keep every answer back.
type pulse struct {
	client *clientv3.Client
	stream metadata.MD

	mu    sync.Mutex // guards what follows
	asked time.Time
}

func newPulse(client *clientv3.Client) *pulse {
	return &pulse{client: client, stream: metadata.Pairs(streamKey, string(backends.NewSessionID()))}
}

// context returns one whose watches and requests go over the store's own stream. A
// member that has no leader ends it.
func (p *pulse) context(ctx context.Context) context.Context {
	return clientv3.WithRequireLeader(metadata.NewOutgoingContext(ctx, p.stream))
}

// ask sends a request unless another watch did so within half of the interval. It
// does not wait for anything; what does not come is what the watches notice.
func (p *pulse) ask(ctx context.Context, interval time.Duration) {
	p.mu.Lock()
	recent := time.Since(p.asked) < interval/2
	if !recent {
		p.asked = time.Now()
	}
	p.mu.Unlock()
	if recent {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(p.context(ctx), interval)
		defer cancel()
		_ = p.client.RequestProgress(ctx)
	}()
}
