package membership

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/observe"
)

// Node is a process that has joined. It keeps one session alive, however many
// elections and groups it takes part in, and joins again by itself when the
// session was lost. All methods are safe for concurrent use.
type Node struct {
	backend backends.Backend
	caps    backends.Capabilities
	cfg     Config
	started time.Time

	ctx    context.Context // ends when the node has left
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when the session loop has ended
	last   *Incarnation  // the session that was left, set before done is closed
	runs   atomic.Uint64
	stamp  atomic.Uint64
	recent recentSessions

	mu      sync.Mutex // guards what follows; never held across a call that can block
	inc     *Incarnation
	changed chan struct{} // closed and replaced when inc changes
	lastErr error
	lastOK  time.Duration // when the last renewal was answered
	rejoins int
	leaving bool
	keepers map[backends.Dir]*Keeper
	parties map[string]*party
}

// Join opens a session and returns a node that keeps it alive. While the store
// is unavailable it tries again until ctx is done; ctx bounds only the joining.
// Errors: ErrInvalidConfig, and the store's: backends.ErrDenied,
// backends.ErrUnsupported, backends.ErrUnavailable.
func Join(ctx context.Context, b backends.Backend, cfg Config) (*Node, error) {
	if b == nil {
		return nil, fmt.Errorf("%w: the backend is nil", ErrInvalidConfig)
	}
	if ctx == nil {
		return nil, fmt.Errorf("%w: the context is nil", ErrInvalidConfig)
	}
	cfg = cfg.withDefaults()
	caps := b.Capabilities()
	if err := cfg.validate(caps); err != nil {
		return nil, err
	}
	n := &Node{
		backend: b, caps: caps, cfg: cfg, started: time.Now(),
		done: make(chan struct{}), changed: make(chan struct{}),
		keepers: map[backends.Dir]*Keeper{}, parties: map[string]*party{},
	}
	n.ctx, n.cancel = context.WithCancelCause(context.Background())
	inc, err := n.openUntil(ctx)
	if err != nil {
		n.cancel(ErrLeft)
		return nil, err
	}
	n.begin(inc)
	go n.live(inc)
	return n, nil
}

// Name returns the name under which the node joined.
func (n *Node) Name() string { return n.cfg.Name }

// TTL returns the configured time to live of the node's sessions.
func (n *Node) TTL() time.Duration { return n.cfg.TTL }

// Backend returns the store that the node joined through.
func (n *Node) Backend() backends.Backend { return n.backend }

// Clock returns the node's clock.
func (n *Node) Clock() Clock { return n.cfg.Clock }

// Done is closed when the node has left for good.
func (n *Node) Done() <-chan struct{} { return n.done }

// Context ends when the node has left, with ErrLeft as its cause.
func (n *Node) Context() context.Context { return n.ctx }

// Err returns nil while the node has a session that may be trusted,
// ErrNotJoined while it joins again, and ErrLeft after it has left.
func (n *Node) Err() error {
	if n.ctx.Err() != nil {
		return ErrLeft
	}
	if inc, _ := n.Incarnation(); inc == nil || inc.Check() != nil {
		return ErrNotJoined
	}
	return nil
}

// Incarnation returns the node's present session, nil while it has none, and a
// channel that is closed when that changes.
func (n *Node) Incarnation() (*Incarnation, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.inc, n.changed
}

// NextRun returns a number that this node never returned before. Together with
// a session ID it makes a key that is never created again.
func (n *Node) NextRun() uint64 { return n.runs.Add(1) }

// Origin is what this node's events begin with.
func (n *Node) Origin() observe.Origin { return observe.Origin{Node: n.cfg.Name} }

// Observe reports an event to the node's observer.
func (n *Node) Observe(e observe.Event) { n.cfg.Observer.Observe(e) }

// begin makes inc the node's session and tells the keepers.
func (n *Node) begin(inc *Incarnation) {
	n.mu.Lock()
	n.inc = inc
	keepers := n.announce()
	n.mu.Unlock()
	for _, k := range keepers {
		k.begin(inc)
	}
}

// end takes the session away from the node and its keepers.
func (n *Node) end(inc *Incarnation) {
	n.mu.Lock()
	n.inc = nil
	keepers := n.announce()
	n.mu.Unlock()
	for _, k := range keepers {
		k.end(inc)
	}
}

// announce wakes those who wait for a change of session and returns the
// keepers. The caller holds mu.
func (n *Node) announce() []*Keeper {
	close(n.changed)
	n.changed = make(chan struct{})
	keepers := make([]*Keeper, 0, len(n.keepers))
	for _, k := range n.keepers {
		keepers = append(keepers, k)
	}
	return keepers
}
