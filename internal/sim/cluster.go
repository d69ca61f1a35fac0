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
	"github.com/tenure-go/tenure/internal/virtual"
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
	Referee *virtual.Referee
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
		T: t, Referee: virtual.NewReferee(), Store: memory.NewStore(), parts: parts,
		rng: rand.New(rand.NewPCG(seed, 0)), members: map[string]*Member{},
	}
	c.world, c.end = context.WithCancel(context.Background())
	return c
}

// Member is one simulated process.
type Member struct {
	Name    string
	Node    *membership.Node
	net     *virtual.Network
	clock   *virtual.Clock
	cluster *Cluster
	done    chan struct{}
	crashed bool
	working map[string]int                                       // callbacks that run, by partition
	stints  map[*partitions.Claim]*virtual.Stint                 // from OnAcquire to the end of the test
	work    func(ctx context.Context, c *partitions.Claim) error // nil: write now and then
	drain   time.Duration                                        // how long a callback takes to stop
}

// Join starts a member. Its clock runs at rate.
func (c *Cluster) Join(name string, rate float64, faults virtual.Faults, change ...func(*membership.Config, *partitions.Config, *Member)) *Member {
	clk := virtual.NewClock(rate)
	m := &Member{Name: name, clock: clk, cluster: c, done: make(chan struct{}), working: map[string]int{}, stints: map[*partitions.Claim]*virtual.Stint{}}
	m.net = virtual.NewNetwork(c.world, c.Store.Client("sim"), clk, c.rng.Uint64(), m.renewing)
	m.net.Set(func(s *virtual.State) { s.Faults = faults })
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
		node, err := membership.Join(c.world, m.net, joining)
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

// renewing is told of each renewal that the member sends.
func (m *Member) renewing(id backends.SessionID) {
	m.cluster.mu.Lock()
	node := m.Node
	m.cluster.mu.Unlock()
	if node == nil {
		return
	}
	var left time.Duration
	if inc, _ := node.Incarnation(); inc != nil && inc.ID() == id {
		left = inc.Left()
	}
	m.cluster.Referee.Renewing(m.Name, id, left)
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
		c.trace = append(c.trace, fmt.Sprintf("%12v %-5s %s %v", c.Referee.Elapsed(), m.Name, e.Name(), e.Fields()[1:]))
	}
}

// onAcquire writes to the resource now and then, checking before each write.
func (m *Member) onAcquire(ctx context.Context, claim *partitions.Claim) error {
	s := &virtual.Stint{Node: m.Name, Key: claim.Partition(), Token: claim.Token(), Session: claim.Session()}
	s.Trusted = func() bool {
		select {
		case <-claim.HeldContext().Done():
			return false
		default:
		}
		inc, _ := m.Node.Incarnation()
		return inc != nil && inc.ID() == s.Session && inc.Left() > 0
	}
	referee := m.cluster.Referee
	m.cluster.mu.Lock()
	m.stints[claim] = s
	m.cluster.mu.Unlock()
	referee.Started(s)
	m.count(s.Key, 1)
	defer m.count(s.Key, -1)
	if m.work != nil {
		return m.work(ctx, claim)
	}
	for {
		select {
		case <-ctx.Done():
			m.clock.Running()
			if m.drain > 0 {
				_ = membership.Sleep(claim.HeldContext(), m.clock, m.drain)
			}
			return nil
		case <-time.After(300 * time.Millisecond):
		}
		m.clock.Running()
		if claim.Check() == nil {
			referee.Wrote(s)
		}
	}
}

func (m *Member) count(partition string, by int) {
	m.cluster.mu.Lock()
	defer m.cluster.mu.Unlock()
	m.working[partition] += by
}

// onLost comes exactly once for every OnAcquire, after that has returned.
func (m *Member) onLost(_ context.Context, claim *partitions.Claim, _ error) {
	m.clock.Running()
	m.cluster.mu.Lock()
	s, runs := m.stints[claim], m.working[claim.Partition()] > 0
	m.cluster.mu.Unlock()
	referee := m.cluster.Referee
	if s == nil || runs {
		referee.Breach(claim.Partition(), "S5 %s: OnLost for %s token %d before OnAcquire has returned", m.Name, claim.Partition(), claim.Token())
		return
	}
	referee.Ended(s)
}

// Crash ends a member for good, without a word: it is stopped and its network
// is cut.
func (m *Member) Crash() {
	m.cluster.mu.Lock()
	m.crashed = true
	delete(m.cluster.members, m.Name)
	m.cluster.mu.Unlock()
	m.clock.Freeze()
	m.net.Set(func(s *virtual.State) { s.Cut = true })
}

// Cut parts the member from the store, or joins them again.
func (m *Member) Cut(cut bool) { m.net.Set(func(s *virtual.State) { s.Cut = cut }) }

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
		m.clock.Thaw()
		m.net.Set(func(s *virtual.State) { s.Cut, s.Faults = false, virtual.Faults{Delay: 5 * time.Millisecond} })
	}
}

// Writes returns how many calls of Write the live members have made.
func (c *Cluster) Writes() int {
	n := 0
	for _, m := range c.Live() {
		m.net.Set(func(s *virtual.State) { n += s.Writes })
	}
	return n
}

// LastWrites tells what each live member wrote last, for a person.
func (c *Cluster) LastWrites() []string {
	var last []string
	for _, m := range c.Live() {
		m.net.Set(func(s *virtual.State) {
			last = append(last, fmt.Sprintf("%s wrote %d times, last %s = %.300s (expecting %q, if dead %q)",
				m.Name, s.Writes, s.Wrote.Key, s.Wrote.Value, s.Wrote.Expect, s.Wrote.IfDead))
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
		m.clock.Thaw()
		m.net.Set(func(s *virtual.State) { s.Cut, s.Faults = false, virtual.Faults{} })
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
