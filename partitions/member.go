package partitions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/retry"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions/plan"
)

// follow is the member's loop: for as long as the part in the group lasts it
// stands in the group with the node's present session, and follows its plan.
func (g *Group) follow() {
	defer g.ended.Done()
	for g.ctx.Err() == nil && g.node.Context().Err() == nil {
		inc, changed := g.node.Incarnation()
		if inc == nil {
			select {
			case <-changed:
			case <-g.ctx.Done():
			case <-g.node.Done():
			}
			continue
		}
		g.followIn(inc)
	}
}

// followIn follows the plans that are made for one session.
func (g *Group) followIn(inc *membership.Incarnation) {
	ctx, cancel := context.WithCancel(inc.Context())
	defer cancel()
	defer context.AfterFunc(g.ctx, cancel)()
	if !g.enlist(ctx, inc) {
		return
	}
	go g.listen(ctx)
	every := g.node.TTL() / 3
	round := newAlarm(g.node.Clock(), every)
	defer func() { round.Stop() }()
	for {
		select {
		case <-g.wake:
		case <-round.c:
			_ = g.readPlan(ctx)
			g.warnNoPlan()
			round = newAlarm(g.node.Clock(), every)
		case <-ctx.Done():
			return
		}
		if g.unlisted() {
			return // enlists again under another key: this one is used up
		}
		g.writeReport(ctx)
	}
}

// unlisted reports whether this run's member record was deleted from outside.
func (g *Group) unlisted() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.report.gone
}

// enlist writes this run's member record, trying until ctx is done.
func (g *Group) enlist(ctx context.Context, inc *membership.Incarnation) bool {
	run := plan.RunName(inc.ID(), g.node.NextRun())
	key, err := g.keys.members.Key(run)
	if err != nil {
		return false
	}
	g.mu.Lock()
	g.plan, g.planned = plan.Plan{}, g.node.Clock().Now()
	g.report = report{run: run}
	record := g.memberRecord()
	g.keeper.Withdraw() // the wishes of an earlier session's plan
	g.mu.Unlock()
	for ctx.Err() == nil {
		// The same write each time: if the reply to an earlier copy was lost,
		// it conflicts, and there is one record and not two.
		r, err := g.write(ctx, backends.Write{Key: key, Value: plan.Encode(record)})
		if err == nil && (r.Outcome == backends.Applied || r.Outcome == backends.Conflict) {
			g.mu.Lock()
			g.report.key, g.report.revision, g.report.written = key, r.Revision, record
			g.report.unsure = r.Outcome == backends.Conflict
			g.mu.Unlock()
			return true
		}
		_ = membership.Sleep(ctx, g.node.Clock(), g.node.TTL()/20)
	}
	return false
}

// listen watches this run's plan and the group's spec. What it hears is only a
// hint: both are read again.
func (g *Group) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := g.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		g.node.Observe(observe.WatchEnded{Origin: g.node.Origin(), Scope: g.cfg.Group, Err: err})
		_ = membership.Sleep(ctx, g.node.Clock(), g.node.TTL()/20)
	}
}

func (g *Group) listenOnce(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events, err := g.backend().Watch(ctx, g.node.TTL()/3, backends.AtKey(g.planKey()), backends.AtKey(g.keys.spec))
	if err != nil {
		return err
	}
	for e := range events {
		switch e.Kind {
		case backends.Put:
			g.heard(ctx, e.Record)
		case backends.Failed:
			return e.Err
		case backends.Deleted, backends.Synced, backends.SessionSeen, backends.SessionGone:
		}
	}
	return ctx.Err()
}

// heard takes a plan or spec from a watch. A plan is a wish and carries its own
// order, so it needs no Read; an older one is ignored.
func (g *Group) heard(ctx context.Context, r backends.Record) {
	if r.Key == g.keys.spec {
		_ = g.readPlan(ctx)
		return
	}
	g.takePlan(r)
}

func (g *Group) planKey() backends.Key {
	g.mu.Lock()
	defer g.mu.Unlock()
	return backends.Key(string(g.keys.plans) + backends.Escape(g.report.run))
}

// readPlan reads this run's plan and the group's spec, and follows them.
func (g *Group) readPlan(ctx context.Context) error {
	keys := []backends.Key{g.keys.spec, g.planKey()}
	g.mu.Lock()
	if g.report.key != "" {
		keys = append(keys, g.report.key)
	}
	g.mu.Unlock()
	records, err := membership.Call(ctx, g.node.TTL()/3, func(ctx context.Context) ([]backends.Record, error) {
		return g.backend().Read(ctx, keys...)
	})
	if err != nil {
		return err
	}
	g.takeSpec(records[0])
	g.takePlan(records[1])
	if len(records) == 3 {
		g.takeReport(records[2])
	}
	return nil
}

// takeSpec follows a new spec of the group.
func (g *Group) takeSpec(r backends.Record) {
	if r.Revision == backends.Absent {
		return
	}
	g.mu.Lock()
	known := g.specRev == r.Revision
	g.mu.Unlock()
	if known {
		return
	}
	spec, err := plan.Decode[plan.Spec](r.Value)
	if err == nil {
		err = spec.Check()
	}
	if err != nil {
		g.node.Observe(observe.RecordProblem{Group: g.event(), Key: string(r.Key), Err: err})
		return
	}
	g.mu.Lock()
	g.spec, g.specRev, g.index = spec, r.Revision, spec.Index()
	g.keeper.Wish(g.wishesFor(g.plan.Wanted)) // a plan can be ahead of the spec that numbers it
	g.mu.Unlock()
}

// takePlan follows a plan unless it is older than the present one.
func (g *Group) takePlan(r backends.Record) {
	if r.Revision == backends.Absent {
		return
	}
	next, err := plan.Decode[plan.Plan](r.Value)
	if err != nil {
		g.node.Observe(observe.RecordProblem{Group: g.event(), Key: string(r.Key), Err: err})
		return
	}
	g.mu.Lock()
	if string(r.Key) != string(g.keys.plans)+backends.Escape(g.report.run) || !g.plan.Before(next.Order) {
		g.mu.Unlock()
		return
	}
	old := g.plan
	g.plan, g.planned = next, g.node.Clock().Now()
	wishes := g.wishesBetween(old, next)
	g.prepareFor(wishes)
	// The wishes change under mu, like the plan: else those of an older plan,
	// read by another goroutine, could overtake those of a newer one and stay.
	g.keeper.TellDead(next.Dead...)
	g.keeper.Wish(wishes)
	var given []string
	for _, gift := range next.Give {
		for i := range gift.Set.All {
			if i < g.spec.Len() {
				given = append(given, g.spec.Name(i))
			}
		}
	}
	g.mu.Unlock()
	g.node.Observe(observe.PlanSeen{Group: g.event(), Token: uint64(next.Token), Sequence: next.Sequence, Wanted: next.Wanted.Len()})
	g.keeper.Look(given...) // also what this node does not know that it holds
	g.poke()
}

// wishesBetween returns the wishes that differ between two plans. The caller
// holds mu.
func (g *Group) wishesBetween(old, next plan.Plan) map[string]claim.Wish {
	wishes := map[string]claim.Wish{}
	add := func(i int) bool {
		if i < g.spec.Len() {
			wishes[g.spec.Name(i)] = g.wish(i)
		}
		return true
	}
	for i := range old.Wanted.All {
		if !next.Wanted.Has(i) {
			add(i)
		}
	}
	for i := range next.Wanted.All {
		if !old.Wanted.Has(i) {
			add(i)
		}
	}
	for _, gift := range next.Give {
		gift.Set.All(add)
	}
	return wishes
}

// wishesFor returns the wishes for a set of indexes. The caller holds mu.
func (g *Group) wishesFor(set plan.IndexSet) map[string]claim.Wish {
	wishes := map[string]claim.Wish{}
	for i := range set.All {
		if i < g.spec.Len() {
			wishes[g.spec.Name(i)] = g.wish(i)
		}
	}
	return wishes
}

// warnNoPlan reports, once every two TTLs, that no coordinator has planned for
// this member.
func (g *Group) warnNoPlan() {
	now := g.node.Clock().Now()
	g.mu.Lock()
	since := now - g.planned
	none := g.plan.Order == plan.Order{} && since > 2*g.node.TTL() && now-g.warned > 2*g.node.TTL()
	if none {
		g.warned = now
	}
	g.mu.Unlock()
	if none {
		g.node.Observe(observe.NoPlan{Group: g.event(), Since: since})
	}
}

// ensureSpec reads the group's spec, or creates it from the configuration,
// trying again while the store is unavailable until ctx is done.
func (g *Group) ensureSpec(ctx context.Context) error {
	pauses := retry.New(g.node.TTL()/50, g.node.TTL()/3)
	for {
		done, err := g.trySpec(ctx)
		if done {
			return err
		}
		if membership.Sleep(ctx, g.node.Clock(), pauses.Next()) != nil {
			return fmt.Errorf("group %q: %w: last attempt: %w", g.cfg.Group, context.Cause(ctx), err)
		}
	}
}

// trySpec makes one attempt; done says that trying again would change nothing.
func (g *Group) trySpec(ctx context.Context) (done bool, err error) {
	records, err := membership.Call(ctx, g.node.TTL()/3, func(ctx context.Context) ([]backends.Record, error) {
		return g.backend().Read(ctx, g.keys.spec)
	})
	if err != nil {
		return permanent(err), fmt.Errorf("group %q: read its record: %w", g.cfg.Group, err)
	}
	if records[0].Revision != backends.Absent {
		return true, g.adoptSpec(records[0])
	}
	spec, err := g.cfg.Partitions.resolve(ctx)
	if err != nil {
		return true, err
	}
	r, err := g.write(ctx, backends.Write{Key: g.keys.spec, Value: plan.Encode(spec)})
	if err == nil {
		err = r.Err
	}
	if r.Outcome == backends.Applied || r.Outcome == backends.Conflict {
		return g.trySpec(ctx) // read what is there now
	}
	// Whatever became of the write, the next attempt reads what is there.
	return err != nil && permanent(err), fmt.Errorf("group %q: create its record: %v: %w", g.cfg.Group, r.Outcome, errors.Join(backends.ErrUnavailable, err))
}

// permanent reports whether an error of the store will not pass by itself.
func permanent(err error) bool {
	return errors.Is(err, backends.ErrInvalid) || errors.Is(err, backends.ErrDenied) || errors.Is(err, backends.ErrUnsupported)
}

// adoptSpec takes over the group's spec. What this member was configured with
// changes nothing: a difference is reported.
func (g *Group) adoptSpec(r backends.Record) error {
	spec, err := plan.Decode[plan.Spec](r.Value)
	if err == nil {
		err = spec.Check()
	}
	if err != nil {
		return fmt.Errorf("group %q: its record cannot be used: %w", g.cfg.Group, err)
	}
	g.spec, g.specRev, g.index = spec, r.Revision, spec.Index()
	src := g.cfg.Partitions
	if src.discover != nil {
		return nil
	}
	mine := plan.Spec{Count: src.count, Names: src.names}
	if _, differs := spec.Resize(mine.InUse()); differs {
		g.node.Observe(observe.SpecMismatch{Group: g.event(), Detail: fmt.Sprintf(
			"this member was configured with %d partitions, the group has %d in use; the group's record counts, change it with Resize",
			mine.Len(), len(spec.InUse()))})
	}
	return nil
}

// write sends one write, bounded by TTL/3.
func (g *Group) write(ctx context.Context, w backends.Write) (backends.Result, error) {
	results, err := membership.Call(ctx, g.node.TTL()/3, func(ctx context.Context) ([]backends.Result, error) {
		return g.backend().Write(ctx, w)
	})
	if err != nil {
		return backends.Result{Outcome: backends.Unknown, Err: err}, err
	}
	return results[0], nil
}

// alarm is a timer with a channel on the node's clock.
type alarm struct {
	membership.Timer
	c <-chan struct{}
}

func newAlarm(clock membership.Clock, d time.Duration) alarm {
	c := make(chan struct{})
	return alarm{clock.AfterFunc(d, func() { close(c) }), c}
}
