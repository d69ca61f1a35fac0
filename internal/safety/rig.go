package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/tenure-go/tenure/backends/etcd"
	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/membership"
)

// verdict is what an experiment found.
type verdict struct {
	name   string
	faults []string // what must not have happened; none means PASS
	lines  []string // the figures
}

func (v *verdict) line(format string, args ...any) {
	v.lines = append(v.lines, fmt.Sprintf(format, args...))
}

func (v *verdict) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// String is the report of the experiment.
func (v *verdict) String() string {
	text := "PASS " + v.name + "\n"
	if len(v.faults) > 0 {
		text = "FAIL " + v.name + "\n"
	}
	for _, l := range v.lines {
		text += "     " + l + "\n"
	}
	for _, f := range v.faults {
		text += "  !! " + f + "\n"
	}
	return text
}

// draws returns the random choices of part n of an experiment.
func draws(seed uint64, n int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(n))) }

// upTo draws a duration from 0 to d.
func upTo(random *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(d)))
}

// pause returns nil after d, or the cause of ctx.
func pause(ctx context.Context, d time.Duration) error {
	return membership.Sleep(ctx, membership.MonotonicClock(), d)
}

func dial(dialTimeout time.Duration, endpoints ...string) (*clientv3.Client, error) {
	client, err := clientv3.New(clientv3.Config{
		Endpoints: endpoints, DialTimeout: dialTimeout,
		Logger: zap.NewNop(), // what it would log are the faults that we make
	})
	if err != nil {
		return nil, fmt.Errorf("connect to etcd at %v: %w", endpoints, err)
	}
	return client, nil
}

// leader is a node that leads an election of its own.
type leader struct {
	client *clientv3.Client
	node   *membership.Node
	run    *election.Candidate
	term   election.Term
}

// lead joins under the prefix and waits until the node leads the election. The
// client is closed with the leader, or on an error.
func lead(ctx context.Context, client *clientv3.Client, prefix, name, elect string, ttl time.Duration) (*leader, error) {
	node, err := join(ctx, client, prefix, name, ttl)
	if err != nil {
		_ = client.Close()
		return nil, err
	}
	l := &leader{client: client, node: node}
	if l.run, err = election.New(node, elect); err == nil {
		l.term, err = l.run.Campaign(ctx)
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func join(ctx context.Context, client *clientv3.Client, prefix, name string, ttl time.Duration) (*membership.Node, error) {
	store, err := etcd.New(ctx, client, prefix)
	if err != nil {
		return nil, err
	}
	return membership.Join(ctx, store, membership.Config{Name: name, TTL: ttl})
}

// close ends the node without waiting for a server that may be silent.
func (l *leader) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_ = l.node.Leave(ctx) // its sessions expire
	_ = l.client.Close()
}
