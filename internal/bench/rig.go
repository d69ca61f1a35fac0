package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/etcd"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
)

// rig makes clients and members for one experiment, and ends them.
type rig struct {
	endpoint, prefix string

	mu      sync.Mutex // guards what follows
	clients []*clientv3.Client
	nodes   []*membership.Node
}

// client connects to the server. Every request counts in requests, if given.
func (r *rig) client(requests *atomic.Int64) (*clientv3.Client, error) {
	options := []grpc.DialOption{}
	if requests != nil {
		options = append(options,
			grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
				requests.Add(1)
				return invoke(ctx, method, req, reply, cc, opts...)
			}),
			grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, stream grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
				s, err := stream(ctx, desc, cc, method, opts...)
				return counted{s, requests}, err
			}))
	}
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{r.endpoint}, DialTimeout: 2 * time.Second, Logger: zap.NewNop(), DialOptions: options})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.clients = append(r.clients, c)
	r.mu.Unlock()
	return c, nil
}

// counted counts the messages sent on a stream.
type counted struct {
	grpc.ClientStream
	requests *atomic.Int64
}

// SendMsg implements grpc.ClientStream.
func (c counted) SendMsg(m any) error {
	c.requests.Add(1)
	return c.ClientStream.SendMsg(m)
}

// member joins a node through a client of its own.
func (r *rig) member(ctx context.Context, name string, ttl time.Duration, requests *atomic.Int64, wrap func(backends.Backend) backends.Backend) (*membership.Node, error) {
	client, err := r.client(requests)
	if err != nil {
		return nil, err
	}
	store, err := etcd.New(ctx, client, r.prefix)
	if err != nil {
		return nil, err
	}
	var b backends.Backend = store
	if wrap != nil {
		b = wrap(b)
	}
	node, err := membership.Join(ctx, b, membership.Config{Name: name, TTL: ttl})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.nodes = append(r.nodes, node)
	r.mu.Unlock()
	return node, nil
}

// close leaves with all nodes and closes all clients.
func (r *rig) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for _, n := range r.nodes {
		all.Go(func() { _ = n.Leave(ctx) }) // the measuring is over
	}
	all.Wait()
	for _, c := range r.clients {
		_ = c.Close()
	}
}

// waitFor waits until a count is reached.
func waitFor(ctx context.Context, count *atomic.Int64, n int64) error {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for count.Load() != n {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d: %w", count.Load(), n, context.Cause(ctx))
		}
	}
	return nil
}

// percentile returns the p-th percentile of durations.
func percentile(d []time.Duration, p float64) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[min(len(s)-1, int(p*float64(len(s))))]
}

// ms shows a duration.
func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }

func ratio(a, b time.Duration) string { return fmt.Sprintf("%.2f", float64(a)/float64(b)) }

// counting makes a group's callbacks count what is owned.
func counting(group string, n int, owned *atomic.Int64) partitions.Config {
	return partitions.Config{
		Group: group, Partitions: partitions.Count(n), Debounce: 100 * time.Millisecond,
		OnAcquire: func(context.Context, *partitions.Claim) error { owned.Add(1); return nil },
		OnLost:    func(context.Context, *partitions.Claim, error) { owned.Add(-1) },
	}
}
