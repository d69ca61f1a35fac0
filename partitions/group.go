package partitions

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions/plan"
)

// Group is this node's part in a group of members that share partitions. All
// methods are safe for concurrent use.
type Group struct {
	node   *membership.Node
	cfg    Config
	keys   layout
	keeper *membership.Keeper
	chair  *election.Candidate // for the group's coordinator
	exit   func()
	ctx    context.Context // ends when the part in the group ends
	cancel context.CancelCauseFunc
	ended  sync.WaitGroup // the group's goroutines
	wake   chan struct{}  // capacity 1: the member loop has something to do

	mu      sync.Mutex // guards what follows; never held across a call that can block
	spec    plan.Spec
	index   map[string]int // of spec
	specRev backends.Revision
	plan    plan.Plan     // the newest seen in this session
	planned time.Duration // when plan was taken, or the member enlisted
	warned  time.Duration // when the lack of a plan was last reported
	state   plan.State
	reserve time.Duration // with state leaving: reserve for the name
	// releasing says that a leaver no longer waits for a plan.
	releasing bool
	works     map[string]*work
	prepare   map[string]context.CancelFunc // OnPrepare under way
	fails     map[string]*failures
	changes   changeQueue
	report    report
}

// Run takes part in a group until ctx is done or the node leaves, calling
// OnAcquire and OnLost as partitions come and go. When ctx is done it drains and
// hands over what it owns first; a callback that does not return holds Run up,
// unless Config.OnStuck says otherwise. It returns the cause of ctx, or
// membership.ErrLeft. Errors at the start: those of Join.
func Run(ctx context.Context, node *membership.Node, cfg Config) error {
	g, err := Join(ctx, node, cfg)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		_ = g.leave(context.WithoutCancel(ctx), membership.Departure{})
		return context.Cause(ctx)
	case <-g.ctx.Done():
		g.ended.Wait()
		return context.Cause(g.ctx)
	}
}

// Join begins to take part in a group and returns at once; ctx bounds only the
// joining. Errors: ErrInvalidConfig, membership.ErrAlreadyRunning,
// membership.ErrLeft, backends.ErrInvalid, and the store's if the group's
// record cannot be read or created.
func Join(ctx context.Context, node *membership.Node, cfg Config) (*Group, error) {
	if node == nil || ctx == nil {
		return nil, fmt.Errorf("%w: the node or the context is nil", ErrInvalidConfig)
	}
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	keys, err := layoutOf(cfg.Group)
	if err != nil {
		return nil, err
	}
	g := &Group{
		node: node, cfg: cfg, keys: keys, wake: make(chan struct{}, 1), state: plan.Active,
		works: map[string]*work{}, prepare: map[string]context.CancelFunc{}, fails: map[string]*failures{}, changes: newChangeQueue(),
	}
	g.ctx, g.cancel = context.WithCancelCause(context.Background())
	if err := g.ensureSpec(ctx); err != nil {
		return nil, err
	}
	if err := g.attach(); err != nil {
		return nil, err
	}
	g.ended.Add(2)
	go g.follow()
	go g.coordinate()
	return g, nil
}

// attach makes everything ready that leave touches, and only then registers it.
func (g *Group) attach() (err error) {
	g.keeper, err = g.node.Keep(membership.Scope{Name: g.cfg.Group, Dir: g.keys.claims, Follow: true}, (*handler)(g))
	if err != nil {
		return fmt.Errorf("group %q: %w", g.cfg.Group, err)
	}
	g.chair, err = election.New(g.node, g.cfg.Group+" coordinator", election.Within(g.keys.coordinator))
	if err != nil {
		g.keeper.Detach()
		return err
	}
	if g.exit, err = g.node.Enter("group "+g.cfg.Group, g.leave); err != nil {
		g.keeper.Detach()
		_ = g.chair.Close(g.ctx) // it never campaigned: there is nothing to wait for
		return fmt.Errorf("group %q: %w", g.cfg.Group, err)
	}
	return nil
}

// Leave ends this node's part in the group: it drains and hands over within
// ctx, and returns when nothing is owned any more. The node stays joined. With
// callbacks that are stuck when ctx ends it returns membership.ErrStuck, and
// their claims are given up when they return.
func (g *Group) Leave(ctx context.Context) error {
	return g.leave(ctx, membership.Departure{})
}

// leave is called by Leave, Run, and the node. The coordinator's claim goes
// last, so that a leaver that coordinates plans its own leave first.
func (g *Group) leave(ctx context.Context, d membership.Departure) error {
	g.mu.Lock()
	first := g.state == plan.Active
	if first {
		g.state, g.reserve = plan.Leaving, d.Reserve
	}
	g.mu.Unlock()
	if !first {
		<-g.ctx.Done()
		return nil
	}
	g.poke()
	stop := g.node.Clock().AfterFunc(g.node.TTL()/2, g.releaseAll) // nobody plans
	err := g.keeper.Quiet(ctx)
	stop.Stop()
	if err != nil {
		err = fmt.Errorf("%w in group %q: %w", membership.ErrStuck, g.cfg.Group, err)
	}
	g.mu.Lock()
	g.state = plan.Left
	g.mu.Unlock()
	g.reportNow(ctx)
	_ = g.chair.Close(ctx)
	var another <-chan struct{}
	if err == nil {
		another = g.keeper.Detach()
	}
	g.cancel(membership.ErrLeft)
	g.ended.Wait()
	g.exit()
	go g.tidyUp(another)
	return err
}

// tidyUp goes on following this run's plan after the part in the group has
// ended, for as long as the session lasts: a hand-over that was under way, or a
// take whose reply was lost, can still make a claim name this node, and only
// this node can give it up. Another run of the group on this node takes over.
func (g *Group) tidyUp(another <-chan struct{}) {
	inc, _ := g.node.Incarnation()
	if inc == nil {
		return
	}
	ctx, cancel := context.WithCancel(inc.Context())
	defer cancel()
	go func() {
		select {
		case <-another:
			cancel()
		case <-ctx.Done():
		}
	}()
	go g.listen(ctx)
	for membership.Sleep(ctx, g.node.Clock(), g.node.TTL()/3) == nil {
		_ = g.readPlan(ctx) // read again in the next round
	}
}

// releaseAll gives everything up without waiting for a plan: a leaver whose
// group has no coordinator must not hold on to what it owns.
func (g *Group) releaseAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.releasing = true
	wishes := make(map[string]claim.Wish, len(g.works))
	for name := range g.works {
		wishes[name] = claim.Wish{}
	}
	for i := range g.plan.Wanted.All {
		if i < g.spec.Len() {
			wishes[g.spec.Name(i)] = claim.Wish{}
		}
	}
	g.keeper.Wish(wishes)
}

// Spec returns the group's own record as this member last saw it: the numbered
// partitions, and what operators asked for.
func (g *Group) Spec() plan.Spec {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.spec
}

// Owned returns how many partitions this node owns right now.
func (g *Group) Owned() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.works)
}

func (g *Group) backend() backends.Backend { return g.node.Backend() }

func (g *Group) event() observe.Group {
	return observe.Group{Origin: g.node.Origin(), Group: g.cfg.Group}
}

func (g *Group) poke() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}
