package election

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

// claimName is the last segment of an election's claim.
const claimName = "claim"

// ErrNoLeader: nobody leads the election right now.
var ErrNoLeader = errors.New("election has no leader")

// Candidate is this node's part in one election. All methods are safe for
// concurrent use; one Campaign can run at a time.
type Candidate struct {
	node   *membership.Node
	name   string
	dir    backends.Dir
	key    backends.Key
	keeper *membership.Keeper
	owned  bool // somebody else closes the candidacy when the node leaves
	exit   func()

	mu       sync.Mutex // guards what follows; never held across a call that can block
	held     *membership.Held
	changed  chan struct{} // closed and replaced when held or what follows changes
	closed   bool
	standing context.CancelFunc // ends the candidacy, nil without one
	waiting  []backends.SessionID
	deputies []backends.SessionID
}

// Option changes how a node takes part in an election.
type Option func(*Candidate)

// Within puts the election into a directory of its owner's choice instead of
// elections/<name>, and leaves it to that owner to close the candidacy when the
// node leaves. It is for packages that build on elections.
func Within(dir backends.Dir) Option {
	return func(c *Candidate) { c.dir, c.owned = dir, true }
}

// New makes this node known as a taker of part in the election; it does not
// campaign yet. Errors: membership.ErrAlreadyRunning if the node already takes
// part, membership.ErrLeft, and backends.ErrInvalid for a name that is too
// long.
func New(node *membership.Node, name string, options ...Option) (*Candidate, error) {
	if node == nil {
		return nil, fmt.Errorf("%w: the node is nil", membership.ErrInvalidConfig)
	}
	c := &Candidate{node: node, name: name, changed: make(chan struct{})}
	dir, err := backends.NewDir("elections", name)
	if err != nil {
		return nil, fmt.Errorf("election %q: %w", name, err)
	}
	c.dir = dir
	for _, o := range options {
		o(c)
	}
	if c.key, err = c.dir.Key(claimName); err != nil {
		return nil, fmt.Errorf("election %q: %w", name, err)
	}
	c.keeper, err = node.Keep(membership.Scope{Name: name, Dir: c.dir}, (*handler)(c))
	if err != nil {
		return nil, fmt.Errorf("election %q: %w", name, err)
	}
	if c.owned {
		c.exit = func() {}
		return c, nil
	}
	if c.exit, err = node.Enter("election "+string(c.dir), c.leave); err != nil {
		c.keeper.Detach()
		return nil, fmt.Errorf("election %q: %w", name, err)
	}
	return c, nil
}

// Campaign stands as a candidate until this node leads, and returns the term.
// It returns the cause of ctx, having withdrawn first; membership.ErrLeft; or
// membership.ErrAlreadyRunning if the node leads already or campaigns.
func (c *Candidate) Campaign(ctx context.Context) (Term, error) {
	if err := c.stand(); err != nil {
		return Term{}, err
	}
	for {
		held, changed, closed := c.state()
		switch {
		case held != nil && held.Check() == nil:
			return Term{held, c}, nil
		case held != nil:
			c.returned(held) // lost before anybody saw it
		case closed:
			return Term{}, membership.ErrLeft
		}
		select {
		case <-changed:
		case <-c.node.Done():
			return Term{}, membership.ErrLeft
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.node.TTL())
			_ = c.withdraw(end) // goes on by itself
			cancel()
			return Term{}, context.Cause(ctx)
		}
	}
}

// Close withdraws and ends this node's part in the election. It returns when
// nothing of the election is held or open any more, or the cause of ctx when
// that is done first. A term that runs must be resigned first.
func (c *Candidate) Close(ctx context.Context) error {
	c.mu.Lock()
	closed := c.closed
	c.closed = true
	c.announce()
	c.mu.Unlock()
	err := c.withdraw(ctx)
	if !closed {
		c.keeper.Detach()
		c.exit()
	}
	return err
}

// Raise makes the token of this node's next term larger than t.
func (c *Candidate) Raise(t claim.Token) { c.keeper.Raise(t) }

// stand begins the candidacy.
func (c *Candidate) stand() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return membership.ErrLeft
	}
	if c.standing != nil || c.held != nil {
		return fmt.Errorf("%w: election %q", membership.ErrAlreadyRunning, c.name)
	}
	ctx, cancel := context.WithCancel(c.node.Context())
	c.standing = cancel
	go c.campaign(ctx)
	return nil
}

// withdraw ends the candidacy: what is unknown is closed first, so that no
// late write makes this node leader again.
func (c *Candidate) withdraw(ctx context.Context) error {
	c.stop()
	return c.keeper.Quiet(ctx)
}

// stop ends the candidacy without waiting. A term that runs is revoked.
func (c *Candidate) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.standing != nil {
		c.standing()
		c.standing = nil
	}
	wish := claim.Wish{Deputies: c.deputies}
	if len(c.waiting) > 0 {
		wish.Preferred = c.waiting[0]
	}
	c.keeper.Wish(map[string]claim.Wish{claimName: wish})
}

// resign ends the candidacy and says that the work of held has stopped.
func (c *Candidate) resign(ctx context.Context, held *membership.Held) error {
	c.stop()
	c.returned(held)
	return c.keeper.Quiet(ctx)
}

// returned says that the work of held has stopped.
func (c *Candidate) returned(held *membership.Held) {
	c.mu.Lock()
	current := c.held == held
	if current {
		c.held = nil
	}
	c.mu.Unlock()
	if current {
		c.node.Observe(observe.TermEnded{
			Origin: c.node.Origin(), Election: c.name, Token: uint64(held.Token()), Cause: context.Cause(held.HeldContext()),
		})
	}
	held.Return()
}

// leave is called when the node leaves.
func (c *Candidate) leave(ctx context.Context, _ membership.Departure) error {
	c.mu.Lock()
	c.closed = true
	c.announce()
	c.mu.Unlock()
	defer c.exit()
	return c.withdraw(ctx)
}

func (c *Candidate) state() (*membership.Held, <-chan struct{}, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held, c.changed, c.closed
}

// announce wakes those who wait for a change. The caller holds mu.
func (c *Candidate) announce() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// handler is the Candidate as the keeper sees it.
type handler Candidate

// Start implements membership.Handler.
func (h *handler) Start(held *membership.Held) {
	c := (*Candidate)(h)
	c.mu.Lock()
	c.held = held
	c.announce()
	standing := c.standing != nil
	c.mu.Unlock()
	if !standing {
		c.returned(held) // withdrawn meanwhile: nobody waits for the term
		return
	}
	c.node.Observe(observe.TermStarted{Origin: c.node.Origin(), Election: c.name, Token: uint64(held.Token())})
	go c.deputise(held)
}

// Stop implements membership.Handler.
func (h *handler) Stop(*membership.Held, error) {
	c := (*Candidate)(h)
	c.mu.Lock()
	c.announce()
	c.mu.Unlock()
}

// Refresh implements membership.Handler: an election has no plan to read.
func (h *handler) Refresh(context.Context) error { return nil }
