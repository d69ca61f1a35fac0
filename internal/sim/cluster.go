package sim

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions"
)

// TTL is the session time of simulated nodes.
const TTL = 5 * time.Second

// group is the group of a simulated cluster.
const group = "sim"

// Cluster is a set of members in one bubble.
type Cluster struct {
	T       *testing.T
	Referee *Referee
	Store   *memory.Store
	rng     *rand.Rand
	world   context.Context
	end     context.CancelFunc
	parts   int

	mu      sync.Mutex         // guards what follows
	members map[string]*Member // neither crashed nor left
	all     []*Member
	names   int
	plans   []observe.PlanMade
	trace   []string
}

// NewCluster returns an empty cluster whose schedule follows from seed.
func NewCluster(t *testing.T, seed uint64, parts int) *Cluster {
	c := &Cluster{
		T: t, Referee: NewReferee(), Store: memory.NewStore(), parts: parts,
		rng: rand.New(rand.NewPCG(seed, 0)), members: map[string]*Member{},
	}
	c.world, c.end = context.WithCancel(context.Background())
	return c
}

// Member is one simulated process.
type Member struct {
	Name    string
	Node    *membership.Node
	net     *network
	clock   *clock
	cluster *Cluster
	done    chan struct{}
	crashed bool
	working map[string]int                                       // callbacks that run, by partition
	work    func(ctx context.Context, c *partitions.Claim) error // nil: write now and then
	drain   time.Duration                                        // how long a callback takes to stop
}

// Join starts a member. Its clock runs at rate.
func (c *Cluster) Join(name string, rate float64, faults Faults, change ...func(*membership.Config, *partitions.Config, *Member)) *Member {
	clk := newClock(rate)
	net := &network{
		Backend: c.Store.Client("sim"), clock: clk, world: c.world, faults: faults,
		rng: rand.New(rand.NewPCG(c.rng.Uint64(), 1)),
	}
	m := &Member{Name: name, net: net, clock: clk, cluster: c, done: make(chan struct{}), working: map[string]int{}}
	net.renews = func(id backends.SessionID) {
		c.mu.Lock()
		node := m.Node
		c.mu.Unlock()
		if node == nil {
			return
		}
		if inc, _ := node.Incarnation(); inc == nil || inc.ID() != id {
			c.Referee.renewing(name, id, 0)
		} else {
			c.Referee.renewing(name, id, inc.Left())
		}
	}
	joining := membership.Config{Name: name, TTL: TTL, Clock: clk, Observer: observe.Func(m.see)}
	sharing := partitions.Config{
		Group: group, Partitions: partitions.Count(c.parts), OnAcquire: m.onAcquire, OnLost: m.onLost,
		DrainTimeout: 4 * TTL,
	}
	for _, f := range change {
		f(&joining, &sharing, m)
	}
	c.mu.Lock()
	c.members[name] = m
	c.all = append(c.all, m)
	c.mu.Unlock()
	go func() {
		defer close(m.done)
		node, err := membership.Join(c.world, net, joining)
		if err != nil {
			return
		}
		c.mu.Lock()
		m.Node = node
		c.mu.Unlock()
		defer func() { // for a member that joined while the cluster was stopping
			_ = node.Leave(c.world)
		}()
		for c.world.Err() == nil && node.Context().Err() == nil {
			_ = partitions.Run(c.world, node, sharing)
			_ = membership.Sleep(c.world, clk, time.Second) // the store was away
		}
	}()
	return m
}

// Name returns a fresh name.
func (c *Cluster) Name() string {
	c.names++
	return fmt.Sprintf("m%02d", c.names)
}

func (m *Member) see(e observe.Event) {
	c := m.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := e.(observe.PlanMade); ok {
		c.plans = append(c.plans, p)
	}
	if e.Level() > observe.Debug {
		c.trace = append(c.trace, fmt.Sprintf("%12v %-5s %s %v", time.Since(c.Referee.begun), m.Name, e.Name(), e.Fields()[1:]))
	}
}

// onAcquire writes to the resource now and then, checking before each write.
func (m *Member) onAcquire(ctx context.Context, claim *partitions.Claim) error {
	s := &stint{node: m.Name, key: claim.Partition(), token: claim.Token(), session: claim.Session()}
	s.trusted = func() bool {
		select {
		case <-claim.HeldContext().Done():
			return false
		default:
		}
		inc, _ := m.Node.Incarnation()
		return inc != nil && inc.ID() == s.session && inc.Left() > 0
	}
	referee := m.cluster.Referee
	referee.started(s)
	defer referee.ended(s)
	m.count(s.key, 1)
	defer m.count(s.key, -1)
	if m.work != nil {
		return m.work(ctx, claim)
	}
	for {
		select {
		case <-ctx.Done():
			m.clock.running()
			if m.drain > 0 {
				_ = membership.Sleep(claim.HeldContext(), m.clock, m.drain)
			}
			return nil
		case <-time.After(300 * time.Millisecond):
		}
		m.clock.running()
		if claim.Check() == nil {
			referee.write(s)
		}
	}
}

func (m *Member) count(partition string, by int) {
	m.cluster.mu.Lock()
	defer m.cluster.mu.Unlock()
	m.working[partition] += by
}

func (m *Member) onLost(context.Context, *partitions.Claim, error) { m.clock.running() }

// Crash ends a member for good, without a word: it is stopped and its network
// is cut.
func (m *Member) Crash() {
	m.cluster.mu.Lock()
	m.crashed = true
	delete(m.cluster.members, m.Name)
	m.cluster.mu.Unlock()
	m.clock.freeze()
	m.net.set(func(n *network) { n.cut = true })
}

// Cut parts the member from the store, or joins them again.
func (m *Member) Cut(cut bool) { m.net.set(func(n *network) { n.cut = cut }) }

// Leave makes the member leave in good order.
func (m *Member) Leave(ctx context.Context, options ...membership.LeaveOption) error {
	m.cluster.mu.Lock()
	delete(m.cluster.members, m.Name)
	node := m.Node
	m.cluster.mu.Unlock()
	if node == nil {
		return nil
	}
	return node.Leave(ctx, options...)
}

// Live returns the members that have neither crashed nor left.
func (c *Cluster) Live() []*Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := slices.Sorted(maps.Keys(c.members))
	live := make([]*Member, len(names))
	for i, name := range names {
		live[i] = c.members[name]
	}
	return live
}

// Heal ends all faults.
func (c *Cluster) Heal() {
	for _, m := range c.Live() {
		m.clock.thaw()
		m.net.set(func(n *network) { n.cut, n.faults = false, Faults{Delay: 5 * time.Millisecond} })
	}
}

// Writes returns how many calls of Write the live members have made.
func (c *Cluster) Writes() int {
	n := 0
	for _, m := range c.Live() {
		m.net.set(func(net *network) { n += net.writes })
	}
	return n
}

// LastWrites tells what each live member wrote last, for a person.
func (c *Cluster) LastWrites() []string {
	var last []string
	for _, m := range c.Live() {
		m.net.set(func(n *network) {
			last = append(last, fmt.Sprintf("%s wrote %d times, last %s = %.300s (expecting %q, if dead %q)",
				m.Name, n.writes, n.wrote.Key, n.wrote.Value, n.wrote.Expect, n.wrote.IfDead))
		})
	}
	return last
}

// Owners asks the store who owns what.
func (c *Cluster) Owners() (partitions.Ownership, error) {
	return partitions.Owners(c.world, c.Store.Client("sim"), group)
}

// Put writes a record whatever is there.
func (c *Cluster) Put(key backends.Key, value []byte) {
	b := c.Store.Client("sim")
	for {
		records, err := b.Read(c.world, key)
		if err != nil {
			c.T.Fatal(err)
		}
		results, err := b.Write(c.world, backends.Write{Key: key, Value: value, Expect: records[0].Revision})
		if err != nil {
			c.T.Fatal(err)
		}
		if results[0].Outcome == backends.Applied {
			return
		}
	}
}

// Stop ends everything, crashed members included, so that the bubble can end.
func (c *Cluster) Stop() {
	c.mu.Lock()
	all := slices.Clone(c.all)
	c.mu.Unlock()
	var ended sync.WaitGroup
	for _, m := range all {
		m.clock.thaw()
		m.net.set(func(n *network) { n.cut, n.faults = false, Faults{} })
		ended.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			c.mu.Lock()
			node := m.Node
			c.mu.Unlock()
			if node != nil {
				_ = node.Leave(ctx) // some have left before
			}
		})
	}
	ended.Wait()
	c.end()
	for _, m := range all {
		<-m.done
	}
	time.Sleep(3 * TTL) // calls that nobody waits for end by themselves
}

// runs reports whether the member runs a callback for the partition.
func (m *Member) runs(partition string) bool {
	m.cluster.mu.Lock()
	defer m.cluster.mu.Unlock()
	return m.working[partition] > 0
}
