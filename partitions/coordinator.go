package partitions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions/plan"
)

var (
	errDeposed = errors.New("another coordinator has planned since")
	errStalled = errors.New("no planning round was completed in time")
)

const (
	// collect is how long changes that come together are collected.
	collect = 10 * time.Millisecond
	// stalledAfter is after how many TTLs without a completed round a
	// coordinator resigns, although its session lives.
	stalledAfter = 3
	// debounceMax stretches the join debounce under constant change.
	debounceMax = 5
)

// coordinate stands for the group's coordinator, and is it whenever elected.
func (g *Group) coordinate() {
	defer g.ended.Done()
	for {
		term, err := g.chair.Campaign(g.ctx)
		if err != nil {
			return // the part in the group has ended
		}
		g.node.Observe(observe.CoordinatorStarted{Group: g.event(), Token: uint64(term.Token())})
		cause := g.preside(term)
		g.node.Observe(observe.CoordinatorEnded{Group: g.event(), Token: uint64(term.Token()), Cause: cause})
		end, cancel := context.WithTimeout(context.Background(), g.node.TTL())
		_ = term.Resign(end) // it goes on by itself
		cancel()
		if errors.Is(cause, errStalled) {
			// Let another try: what stalls this node may not stall that one.
			_ = membership.Sleep(g.ctx, g.node.Clock(), g.node.TTL())
		}
	}
}

// coordinator plans for a group during one term. Everything belongs to its
// loop.
type coordinator struct {
	g    *Group
	term election.Term
	ctx  context.Context
	view *view

	spec    plan.Spec
	specRev backends.Revision
	index   map[string]int

	sequence  uint64
	deposed   bool
	wanted    []backends.SessionID // by partition: who should own it by the last round
	moving    map[int]move
	late      plan.IndexSet
	joined    time.Duration // when the last member joined
	waiting   time.Duration // since when joins have been waiting, 0 for not
	completed time.Duration // when the last round was completed
	due       *alarm        // the next round
	dueAt     time.Duration
	unowned   map[int]string // reported
	reserved  map[string]time.Duration
	namesakes map[backends.SessionID]bool // reported for having another's name
	differing map[string]plan.MemberRecord
	asked     time.Duration // when the discovery was last asked
	reread    int           // where the rotating look at the claims goes on
}

// move is a partition on its way to another member.
type move struct {
	token claim.Token // of the claim when the move was planned
	since time.Duration
}

// preside coordinates until the term ends, and says why it ended.
func (g *Group) preside(term election.Term) error {
	ctx, cancel := context.WithCancel(term.Context())
	defer cancel()
	c := &coordinator{g: g, term: term, ctx: ctx, completed: g.node.Clock().Now(), namesakes: map[backends.SessionID]bool{}}
	c.joined = c.now()
	for {
		err := c.watch()
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errDeposed), errors.Is(err, errStalled):
			return err
		case c.now()-c.completed > stalledAfter*g.node.TTL():
			return errStalled
		}
		g.node.Observe(observe.WatchEnded{Origin: g.node.Origin(), Scope: g.cfg.Group + " coordinator", Err: err})
		_ = membership.Sleep(ctx, g.node.Clock(), g.node.TTL()/20)
	}
}

func (c *coordinator) now() time.Duration { return c.g.node.Clock().Now() }

func (c *coordinator) token() claim.Token { return c.term.Token() }

// watch builds a view from a new watch and plans for as long as that lasts.
func (c *coordinator) watch() error {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	keys := c.g.keys
	fresh, err := newView()
	if err != nil {
		return err
	}
	c.view, c.specRev = fresh, backends.Absent
	c.moving, c.late, c.unowned = map[int]move{}, plan.IndexSet{}, map[int]string{}
	c.reserved, c.differing = map[string]time.Duration{}, map[string]plan.MemberRecord{}
	// The watch outlives the call that opens it, and that call can be abandoned:
	// a store that hangs must not keep this term from ending.
	events, err := membership.Call(ctx, c.g.node.TTL(), func(context.Context) (<-chan backends.Event, error) {
		return c.g.backend().Watch(ctx, c.g.node.TTL()/3, backends.AtKey(keys.spec), backends.InDir(keys.claims),
			backends.InDir(keys.members), backends.InDir(keys.plans), backends.InDir(keys.reserved), backends.AllSessions())
	})
	if err != nil {
		return err
	}
	c.due = nil
	defer c.disarm()
	relist := newAlarm(c.g.node.Clock(), c.g.node.TTL())
	defer func() { relist.Stop() }()
	synced := false
	for {
		select {
		case e, ok := <-events:
			switch {
			case !ok:
				return ctx.Err()
			case e.Kind == backends.Failed:
				return e.Err
			case e.Kind == backends.Synced:
				synced = true
				c.plan(soon)
			default:
				if u := c.take(e); synced {
					c.plan(u)
				}
			}
		case <-c.dueC():
			c.due = nil
			c.round()
		case <-relist.c:
			relist = newAlarm(c.g.node.Clock(), c.g.node.TTL())
			if synced {
				c.relist()
				c.discover()
				c.plan(soon)
			}
		}
		if c.deposed {
			return errDeposed
		}
		if c.now()-c.completed > stalledAfter*c.g.node.TTL() {
			return errStalled
		}
	}
}

// plan arms the next round.
func (c *coordinator) plan(u urgency) {
	var at time.Duration
	switch u {
	case notAtAll:
		return
	case soon:
		at = c.now() + collect
		if c.due != nil && c.dueAt <= at {
			return // what comes together is planned together
		}
	case settle:
		if c.waiting == 0 {
			c.waiting = c.now()
		}
		at = min(c.now()+c.g.cfg.Debounce, c.waiting+debounceMax*c.g.cfg.Debounce)
		if c.due != nil && c.dueAt < c.waiting {
			return
		}
	}
	c.disarm()
	due := newAlarm(c.g.node.Clock(), at-c.now())
	c.due, c.dueAt = &due, at
}

func (c *coordinator) disarm() {
	if c.due != nil {
		c.due.Stop()
		c.due = nil
	}
}

func (c *coordinator) dueC() <-chan struct{} {
	if c.due == nil {
		return nil
	}
	return c.due.c
}

// placeNew reports whether partitions that nobody ever owned may be placed: the
// first members have had time to join.
func (c *coordinator) placeNew() bool {
	quiet := c.now()-c.joined >= c.g.cfg.Debounce
	return quiet || c.waiting != 0 && c.now()-c.waiting >= debounceMax*c.g.cfg.Debounce
}

// discover asks a Discover source when it is time, and changes the group's spec
// to what it says.
func (c *coordinator) discover() {
	src := c.g.cfg.Partitions
	if src.discover == nil || c.now()-c.asked < c.g.cfg.DiscoverEvery && c.asked != 0 {
		return
	}
	c.asked = c.now()
	found, err := membership.Call(c.ctx, c.g.node.TTL()/3, src.resolve)
	if err != nil {
		c.g.node.Observe(observe.RecordProblem{Group: c.g.event(), Key: "discovery", Err: err})
		return
	}
	next, changed := c.spec.Resize(found.Names)
	if !changed || c.specRev == backends.Absent {
		return
	}
	if r, err := c.g.write(c.ctx, backends.Write{Key: c.g.keys.spec, Value: plan.Encode(next), Expect: c.specRev}); err != nil || r.Outcome != backends.Applied {
		c.g.node.Observe(observe.RecordProblem{Group: c.g.event(), Key: "spec", Err: fmt.Errorf("write what was discovered: %v: %w", r.Outcome, errors.Join(err, r.Err))})
	}
}
