package tenuretest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/virtual"
	"github.com/tenure-go/tenure/membership"
)

// Worker is the code under test: one process. It joins with Member.Join, or by
// itself with Member.Backend and Member.Config, and works until ctx is done.
// ctx is done when the process is asked to stop, as by SIGTERM; a node that it
// joined by itself it must have left when it returns. When it has returned, the
// process has ended; an error before ctx is done fails the test.
type Worker func(ctx context.Context, m *Member) error

// Cluster is a set of members that share one store in memory, watched by a
// referee. Errorf and Fatalf report to the test. All methods are safe for
// concurrent use, except that Fatalf and what calls it end their goroutine.
type Cluster struct {
	TB
	referee  *virtual.Referee
	ledger   *ledger
	timeline *timeline
	world    context.Context // ends with the cluster
	end      context.CancelFunc

	mu      sync.Mutex // guards what follows
	rng     *rand.Rand
	names   []string // in the order in which they were first started
	members map[string]*Member
	all     []*Member // also those that have ended
}

func newCluster(t TB, open func() backends.Backend, seed uint64) *Cluster {
	referee := virtual.NewReferee()
	c := &Cluster{
		TB: t, referee: referee, timeline: &timeline{begun: time.Now()},
		rng: rand.New(rand.NewPCG(seed, 2)), members: map[string]*Member{},
	}
	c.ledger = newLedger(open, referee)
	c.world, c.end = context.WithCancel(context.Background())
	return c
}

// Start starts a process called name that runs the worker, and returns at once.
// A name can be started again when its process has crashed or ended.
func (c *Cluster) Start(name string, worker Worker) *Member {
	c.Helper()
	m := newMember(c, name, worker)
	c.mu.Lock()
	taken := c.members[name] != nil
	if !taken {
		if n := c.count(name); n > 0 {
			m.label = fmt.Sprintf("%s#%d", name, n+1)
		}
		c.members[name] = m
		c.all = append(c.all, m)
		if !slices.Contains(c.names, name) {
			c.names = append(c.names, name)
		}
	}
	seed := c.rng.Uint64()
	c.mu.Unlock()
	if taken {
		c.Fatalf("Start: %s runs already; crash it or let it leave first", name)
		return nil
	}
	m.net = virtual.NewNetwork(c.world, c.ledger.client(m), m.clock, seed, m.renewing)
	c.timeline.add(m.label, "", "is started")
	go m.live()
	return m
}

// count returns how many processes of that name were started. The caller holds
// mu.
func (c *Cluster) count(name string) (n int) {
	for _, m := range c.all {
		if m.name == name {
			n++
		}
	}
	return n
}

// Member returns the process of that name that was started last.
func (c *Cluster) Member(name string) *Member {
	c.Helper()
	c.mu.Lock()
	all := slices.Clone(c.all)
	c.mu.Unlock()
	for _, m := range slices.Backward(all) {
		if m.name == name {
			return m
		}
	}
	c.Fatalf("Member: nobody called %s was started", name)
	return nil
}

// Members returns the processes that run, in the order in which their names
// were first started.
func (c *Cluster) Members() []*Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	var running []*Member
	for _, name := range c.names {
		if m := c.members[name]; m != nil {
			running = append(running, m)
		}
	}
	return running
}

// Backend returns a client of the store without any faults, for what a test
// does as an operator: partitions.NewAdmin, election.Lookup.
func (c *Cluster) Backend() backends.Backend { return c.ledger.client(nil) }

// Context returns a context for calls that the test itself makes. It ends with
// the cluster. That of a *testing.T from outside the bubble must not be used in
// it.
func (c *Cluster) Context() context.Context { return c.world }

// Heal ends what Freeze, Cut, CutReplies, HoldReplies, Delay and Lose did to
// every running process.
func (c *Cluster) Heal() {
	for _, m := range c.Members() {
		m.Heal()
	}
}

// gone takes a process that has ended off the list of those that run.
func (c *Cluster) gone(m *Member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.members[m.name] == m {
		delete(c.members, m.name)
	}
}

// finish reports what the referee saw and ends every process, crashed ones
// included, so that the bubble can end.
func (c *Cluster) finish() {
	c.Helper()
	c.referee.Whistle()
	c.verdict()
	c.mu.Lock()
	all := slices.Clone(c.all)
	c.mu.Unlock()
	for _, m := range all {
		m.release()
	}
	for _, m := range all {
		select {
		case <-m.done:
		case <-time.After(patience * c.ttl()):
			c.Errorf("%s has not returned %v after its context ended: a worker returns when its context is done", m.label, patience*c.ttl())
			<-m.done
		}
		if m.eye.stays() {
			c.Errorf("%s returned without leaving its node: call node.Leave, or join with Member.Join, which does", m.label)
		}
	}
	c.end()
	time.Sleep(3 * c.ttl()) // calls that nobody waits for end by themselves
}

// patience is how many TTLs something may take that ends by itself.
const patience = 12

// ttl is the longest TTL that anybody joined with.
func (c *Cluster) ttl() time.Duration {
	if ttl := c.ledger.longest(); ttl > 0 {
		return ttl
	}
	return membership.DefaultTTL
}
