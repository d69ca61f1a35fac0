package tenuretest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/virtual"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/observe"
)

// Member is one process of a cluster. All methods are safe for concurrent use.
type Member struct {
	name    string
	label   string // told from others of its name, for reports
	cluster *Cluster
	worker  Worker
	clock   *virtual.Clock
	net     *virtual.Network
	ctx     context.Context // of the worker
	stop    context.CancelFunc
	done    chan struct{} // closed when the worker has returned and is cleaned up
	eye     *eye
	timed   atomic.Bool // a node runs on the clock of Config

	mu      sync.Mutex // guards what follows
	nodes   []*membership.Node
	crashed bool
	leaving bool
	asleep  time.Time     // until then
	held    chan struct{} // closed to let held replies go, nil without
}

func newMember(c *Cluster, name string, worker Worker) *Member {
	m := &Member{name: name, label: name, cluster: c, worker: worker, clock: virtual.NewClock(1), done: make(chan struct{})}
	m.ctx, m.stop = context.WithCancel(c.world)
	m.eye = newEye(m)
	return m
}

// Name returns the name under which the process was started.
func (m *Member) Name() string { return m.name }

// Backend returns this process's way to the store. The faults of the process
// are on it.
func (m *Member) Backend() backends.Backend { return m.net }

// Config returns what a worker that joins by itself passes to membership.Join,
// with Backend. TTL and other settings can be changed. Clock and Observer must
// stay, so that the process can be frozen and the referee sees its claims; add
// an observer of your own with observe.Multi.
func (m *Member) Config() membership.Config {
	return membership.Config{Name: m.name, Clock: nodeClock{m.clock, &m.timed}, Observer: observe.Func(m.eye.see)}
}

// nodeClock is the clock of a process that notes when a node uses it.
type nodeClock struct {
	*virtual.Clock
	used *atomic.Bool
}

// AfterFunc implements membership.Clock.
func (c nodeClock) AfterFunc(d time.Duration, f func()) membership.Timer {
	c.used.Store(true)
	return c.Clock.AfterFunc(d, f)
}

// Clock returns the clock of this process, which stops while it is frozen. Wait
// on it with membership.Sleep.
func (m *Member) Clock() membership.Clock { return m.clock }

// Join joins with Backend and Config. The node leaves by itself when the worker
// has returned, as at the end of a program that shuts down in good order. It
// returns the errors of membership.Join.
func (m *Member) Join(ctx context.Context) (*membership.Node, error) {
	node, err := membership.Join(ctx, m.Backend(), m.Config())
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.nodes = append(m.nodes, node)
	return node, nil
}

// live runs the worker. It is the process's own goroutine and ends with it.
func (m *Member) live() {
	defer close(m.done)
	err := m.worker(m.ctx, m)
	m.mu.Lock()
	nodes, crashed := m.nodes, m.crashed
	m.mu.Unlock()
	if err != nil && m.ctx.Err() == nil && !crashed {
		m.cluster.Errorf("%s ended by itself: %v", m.label, err)
	}
	for _, node := range nodes {
		ctx, cancel := context.WithTimeout(context.Background(), patience*m.cluster.ttl())
		if err := node.Leave(ctx); err != nil && !errors.Is(err, membership.ErrLeft) && !crashed {
			m.cluster.Logf("%s: leave: %v", m.label, err)
		}
		cancel()
	}
	if !crashed {
		m.cluster.timeline.add(m.label, "", "has ended")
	}
	m.cluster.gone(m)
	if m.eye.stays() {
		m.die() // the process is gone, and its node with it
	}
}

// Crash ends the process for good, without a word, as SIGKILL does. Its claims
// go to others when its session has expired. Its context does not end before
// the test does.
func (m *Member) Crash() {
	m.cluster.timeline.add(m.label, "", "crashes")
	m.cluster.gone(m)
	m.die()
}

// die stops the clock and cuts the network, for good.
func (m *Member) die() {
	m.mu.Lock()
	m.crashed = true
	m.mu.Unlock()
	m.clock.Freeze()
	m.net.Set(func(s *virtual.State) { s.Cut = true })
}

// Leave asks the worker to stop, as SIGTERM does, and waits until it has
// returned and has left. It fails the test if that takes longer than twelve
// TTLs and a minute.
func (m *Member) Leave() {
	m.cluster.Helper()
	m.askToStop()
	limit := m.cluster.limit()
	select {
	case <-m.done:
	case <-time.After(limit):
		m.cluster.Fatalf("%s has not left %v after it was asked to", m.label, limit)
	}
}

func (m *Member) askToStop() {
	m.cluster.timeline.add(m.label, "", "is asked to stop")
	m.mu.Lock()
	m.leaving = true
	m.mu.Unlock()
	m.stop()
}

// dead reports whether the process has crashed.
func (m *Member) dead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.crashed
}

// departing reports whether the process was asked to stop.
func (m *Member) departing() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.leaving
}

// release ends whatever was done to a process and asks it to stop, at the end
// of the test.
func (m *Member) release() {
	m.unhold()
	m.net.Set(func(s *virtual.State) { *s = virtual.State{} })
	m.stop()
	select {
	case <-m.done:
		if m.eye.stays() {
			return // a node that nobody leaves would renew for ever: it stays stopped
		}
	default:
	}
	m.clock.Thaw()
}
