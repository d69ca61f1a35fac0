package partitions

import (
	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions/plan"
)

// urgency says how soon a change calls for a new plan.
type urgency uint8

const (
	notAtAll urgency = iota
	settle           // after the join debounce
	soon             // at once, collecting what comes together
)

// take brings an event into the view and says how soon to plan.
func (c *coordinator) take(e backends.Event) urgency {
	switch e.Kind {
	case backends.Put:
		return c.takeRecord(e.Record)
	case backends.Deleted:
		return c.dropRecord(e.Record.Key)
	case backends.SessionSeen:
		return c.takeSession(e.Session)
	case backends.SessionGone:
		return c.dropSession(e.Session.ID)
	case backends.Synced, backends.Failed:
	}
	return notAtAll
}

func (c *coordinator) takeRecord(r backends.Record) urgency {
	name, err := r.Key.Name()
	if err != nil {
		return c.problem(r.Key, err)
	}
	keys := c.g.keys
	switch {
	case r.Key == keys.spec:
		return c.takeSpec(r)
	case keys.claims.Has(r.Key):
		return c.takeClaim(name, r)
	case keys.members.Has(r.Key):
		return c.takeMember(name, r)
	case keys.plans.Has(r.Key):
		return c.takePlan(name, r)
	case keys.reserved.Has(r.Key):
		reservation, err := plan.Decode[plan.Reservation](r.Value)
		if err != nil {
			return c.problem(r.Key, err)
		}
		c.view.put(reservedTable, &reservedRow{name, r.Key, r.Revision, reservation})
		return soon
	}
	return notAtAll
}

func (c *coordinator) takeClaim(name string, r backends.Record) urgency {
	seen := claim.See(r)
	if seen.Garbage {
		c.problem(r.Key, claim.ErrGarbage)
	}
	before, had := get[claimRow](c.view, claimTable, name)
	c.view.put(claimTable, &claimRow{name, string(seen.Session), seen})
	i, known := c.index[name]
	if !known {
		return notAtAll
	}
	// Whatever was late has ended, also if nobody wants it to move any more: a
	// partition that stayed late would stay where it is for the rest of the term.
	if had && before.Seen.Token != seen.Token {
		delete(c.moving, i)
		c.late = without(c.late, i)
	}
	if want := c.wanted[i]; want != "" && (seen.Session == want || seen.Session == "" && !seen.Garbage) {
		return notAtAll // as planned, or the one who wants it will take it
	}
	return soon
}

func (c *coordinator) takeMember(run string, r backends.Record) urgency {
	session := plan.SessionOf(run)
	if session == "" {
		return c.problem(r.Key, plan.ErrMalformed)
	}
	record, err := plan.Decode[plan.MemberRecord](r.Value)
	row := &memberRow{Run: run, Session: string(session), Key: r.Key, Revision: r.Revision, Record: record, Garbage: err != nil}
	before, known := get[memberRow](c.view, memberTable, run)
	c.view.put(memberTable, row)
	switch {
	case err != nil:
		return c.problem(r.Key, err)
	case c.outrank(record.Seen), !known:
		c.joined = c.now()
		return settle
	case before.Record.State != record.State || before.Record.Capacity != record.Capacity || before.Record.Cap != record.Cap,
		!before.Record.Stuck.Equal(record.Stuck), !before.Record.Refused.Equal(record.Refused), !before.Record.Busy.Equal(record.Busy):
		return soon
	}
	return notAtAll
}

func (c *coordinator) takePlan(run string, r backends.Record) urgency {
	p, err := plan.Decode[plan.Plan](r.Value)
	if err != nil {
		p = plan.Plan{} // overwritten at its revision by the next round
		c.problem(r.Key, err)
	}
	c.outrank(p.Order)
	before, known := get[planRow](c.view, planTable, run)
	c.view.put(planTable, &planRow{run, r.Key, r.Revision, p})
	if known && before.Revision == r.Revision {
		return notAtAll
	}
	return soon
}

// outrank makes sure that this coordinator's plans are newer than one that is
// written, or that a member follows. It reports whether the term has to end for
// that: another coordinator has planned since, or the record is nonsense, and
// either way this node's next term has to be above it.
func (c *coordinator) outrank(o plan.Order) bool {
	switch {
	case o.Token > c.token():
		c.g.chair.Raise(o.Token)
		c.deposed = true
	case o.Token == c.token():
		// Normally this coordinator's own. If the claim was reset by hand, two
		// terms can have had one token: go on after the other's plans.
		c.sequence = max(c.sequence, o.Sequence)
	}
	return c.deposed
}

func (c *coordinator) takeSession(info backends.SessionInfo) urgency {
	id := string(info.ID)
	before, known := get[sessionRow](c.view, sessionTable, id)
	c.view.put(sessionTable, &sessionRow{id, membership.DecodeMember(info), info.Expired})
	if known && before.Expired == info.Expired {
		return notAtAll
	}
	if c.view.isMember(id) || c.view.holds(id) {
		return soon
	}
	return notAtAll
}

func (c *coordinator) dropRecord(key backends.Key) urgency {
	name, err := key.Name()
	if err != nil {
		return notAtAll
	}
	switch keys := c.g.keys; {
	case keys.claims.Has(key):
		c.view.remove(claimTable, name)
	case keys.members.Has(key):
		c.view.remove(memberTable, name)
	case keys.plans.Has(key):
		c.view.remove(planTable, name)
		return notAtAll
	case keys.reserved.Has(key):
		c.view.remove(reservedTable, name)
	}
	return soon
}

func (c *coordinator) dropSession(id backends.SessionID) urgency {
	c.view.remove(sessionTable, string(id))
	if c.view.isMember(string(id)) || c.view.holds(string(id)) {
		return soon
	}
	return notAtAll
}

func (c *coordinator) takeSpec(r backends.Record) urgency {
	if c.specRev == r.Revision {
		return notAtAll
	}
	spec, err := plan.Decode[plan.Spec](r.Value)
	if err == nil {
		err = spec.Check()
	}
	if err != nil {
		return c.problem(r.Key, err)
	}
	c.spec, c.specRev, c.index = spec, r.Revision, spec.Index()
	c.wanted = make([]backends.SessionID, spec.Len())
	return soon
}

// problem reports a record that cannot be understood, once for each revision
// of the view.
func (c *coordinator) problem(key backends.Key, err error) urgency {
	c.g.node.Observe(observe.RecordProblem{Group: c.g.event(), Key: string(key), Err: err})
	return notAtAll
}

// without returns the set less one index.
func without(s plan.IndexSet, i int) plan.IndexSet {
	if !s.Has(i) {
		return s
	}
	var rest plan.IndexSet
	for j := range s.All {
		if j != i {
			rest.Add(j)
		}
	}
	return rest
}
