package partitions

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions/plan"
)

// round proves deaths, plans, and writes the plans that have changed.
func (c *coordinator) round() {
	begun := c.now()
	if c.specRev == backends.Absent || c.term.Check() != nil {
		return
	}
	c.sweep()
	placing := c.placeNew()
	v := c.see(placing)
	result, err := plan.Make(v)
	if err != nil {
		c.g.node.Observe(observe.RecordProblem{Group: c.g.event(), Key: "plan", Err: err})
		return
	}
	c.remember(v, result)
	c.warnNames(v)
	takers, others := c.changed(v, result)
	ok := c.publish(takers)
	// A taker's plan is written before the giver's: it is ready when the claim
	// arrives.
	ok = c.publish(others) && ok
	if !ok {
		c.retry()
		return
	}
	if placing {
		c.waiting = 0
	}
	if result.Waiting {
		c.plan(settle)
	}
	c.completed = c.now()
	c.endReservations(v)
	c.reportUnowned(result)
	if written := len(takers) + len(others); written > 0 {
		cert := result.Certificate
		c.g.node.Observe(observe.PlanMade{
			Group: c.g.event(), Token: uint64(c.token()), Sequence: c.sequence, Members: len(v.Members),
			Partitions: v.Spec.Len() - v.Spec.Retired.Len(), Moves: cert.Moves, LowerBound: cert.LowerBound,
			Exact: cert.Exact, Placed: cert.Placed, Written: written, Took: c.now() - begun,
		})
	}
}

// retry plans again a little later, from records read anew.
func (c *coordinator) retry() {
	_ = c.relistDir(c.g.keys.plans, planTable) // an error shows again in the round
	c.disarm()
	due := newAlarm(c.g.node.Clock(), c.g.node.TTL()/20)
	c.due, c.dueAt = &due, c.now()+c.g.node.TTL()/20
}

// see makes the planner's view of the local copy.
func (c *coordinator) see(placing bool) plan.View {
	v := plan.View{Spec: c.spec, Claims: make([]claim.Seen, c.spec.Len()), Alive: c.view.alive(), Late: c.late, PlaceNew: placing}
	each(c.view, claimTable, func(row *claimRow) {
		if i, ok := c.index[row.Name]; ok {
			v.Claims[i] = row.Seen
		}
	})
	each(c.view, memberTable, func(row *memberRow) {
		id := backends.SessionID(row.Session)
		if row.Garbage || !v.Alive[id] {
			return
		}
		m := plan.Member{Run: row.Run, Session: id, MemberRecord: row.Record}
		if p, ok := get[planRow](c.view, planTable, row.Run); ok {
			m.Plan = &p.Plan
		}
		v.Members = append(v.Members, m)
	})
	v.Reserved = c.kept()
	return v
}

// remember takes note of what is on its way, and since when.
func (c *coordinator) remember(v plan.View, result plan.Result) {
	for i := range c.wanted {
		c.wanted[i] = ""
		if to := result.Target[i]; to >= 0 {
			c.wanted[i] = v.Members[to].Session
		}
	}
	timeout := c.g.cfg.DrainTimeout + c.g.node.TTL()/3
	for i, seen := range v.Claims {
		held := seen.Session != "" && v.Alive[seen.Session]
		if !held || c.wanted[i] == seen.Session {
			delete(c.moving, i)
			continue
		}
		m, known := c.moving[i]
		if !known || m.token != seen.Token {
			m = move{seen.Token, c.now()}
			c.moving[i] = m
		}
		if c.now()-m.since > timeout {
			c.late.Add(i)
		}
	}
	for _, m := range v.Members {
		for i := range m.Stuck.All {
			if i < len(v.Claims) && v.Claims[i].Session == m.Session {
				c.late.Add(i)
			}
		}
	}
}

// changed returns the plans that differ from what is written: those of members
// that get something, and the rest.
func (c *coordinator) changed(v plan.View, result plan.Result) (takers, others []planRow) {
	for _, m := range v.Members {
		next := result.Plans[m.Run]
		row, known := get[planRow](c.view, planTable, m.Run)
		if known && row.Plan.Serves(next) && row.Plan.Order != (plan.Order{}) && !row.Plan.Before(m.Seen) {
			continue // the member follows it, or will
		}
		if !known && m.State == plan.Left && len(next.Give) == 0 {
			continue // nothing to say to a run that has ended
		}
		out := planRow{Run: m.Run, Key: backends.Key(string(c.g.keys.plans) + backends.Escape(m.Run)), Plan: next}
		if known {
			out.Revision = row.Revision
		}
		c.sequence++
		out.Plan.Order = plan.Order{Token: c.token(), Sequence: c.sequence}
		if known && row.Plan.Wanted.Covers(next.Wanted) {
			others = append(others, out)
		} else {
			takers = append(takers, out)
		}
	}
	return takers, others
}

// publish writes plans by compare-and-set and reports whether all were applied.
func (c *coordinator) publish(rows []planRow) bool {
	if len(rows) == 0 {
		return true
	}
	writes := make([]backends.Write, len(rows))
	for i, row := range rows {
		writes[i] = backends.Write{Key: row.Key, Value: plan.Encode(row.Plan), Expect: row.Revision}
	}
	if c.term.Check() != nil {
		return false
	}
	results, err := membership.Call(c.ctx, c.g.node.TTL()/3, func(ctx context.Context) ([]backends.Result, error) {
		return c.g.backend().Write(ctx, writes...)
	})
	if err != nil {
		return false
	}
	all := true
	for i, r := range results {
		if r.Outcome != backends.Applied {
			all = false
			continue
		}
		row := rows[i]
		row.Revision = r.Revision
		c.view.put(planTable, &row)
	}
	return all
}

// sweep proves the deaths of members whose sessions are not listed as alive,
// and removes their records. Whoever proves also reaps: only after it does the
// planner count a member as gone.
func (c *coordinator) sweep() {
	alive := c.view.alive()
	var rows []*memberRow
	var writes []backends.Write
	each(c.view, memberTable, func(row *memberRow) {
		if id := backends.SessionID(row.Session); !alive[id] {
			rows = append(rows, row)
			writes = append(writes, backends.Write{Key: row.Key, Expect: row.Revision, Delete: true, IfDead: id})
		}
	})
	var plans []*planRow
	each(c.view, planTable, func(row *planRow) {
		id := plan.SessionOf(row.Run)
		if _, member := get[memberRow](c.view, memberTable, row.Run); !member && id != "" && !alive[id] {
			plans = append(plans, row)
		}
	})
	for _, row := range plans {
		writes = append(writes, backends.Write{Key: row.Key, Expect: row.Revision, Delete: true, IfDead: plan.SessionOf(row.Run)})
	}
	if len(writes) == 0 {
		return
	}
	results, err := membership.Call(c.ctx, c.g.node.TTL()/3, func(ctx context.Context) ([]backends.Result, error) {
		return c.g.backend().Write(ctx, writes...)
	})
	if err != nil {
		return
	}
	for i, row := range rows {
		switch results[i].Outcome {
		case backends.Applied:
			c.view.remove(memberTable, row.Run)
			c.g.node.Observe(observe.DeathProven{Group: c.g.event(), Session: row.Session, Member: row.Record.Name})
		case backends.Alive:
			// The listing was ahead of the truth: the session came back.
			c.view.put(sessionTable, &sessionRow{ID: row.Session})
		case backends.Conflict, backends.Unknown, backends.NotSent:
		}
	}
	for i, row := range plans {
		if results[len(rows)+i].Outcome == backends.Applied {
			c.view.remove(planTable, row.Run)
		}
	}
}

// reportUnowned tells about partitions that stay without an owner, once for
// each reason.
func (c *coordinator) reportUnowned(result plan.Result) {
	for i, reason := range result.Unowned {
		if c.unowned[i] != reason {
			c.g.node.Observe(observe.Unowned{Group: c.g.event(), Partition: c.spec.Name(i), Reason: reason})
		}
	}
	c.unowned = result.Unowned
}

// warnNames tells, once for each session, that two live members have one name.
func (c *coordinator) warnNames(v plan.View) {
	first := map[string]backends.SessionID{}
	for _, m := range v.Members {
		other, taken := first[m.Name]
		if !taken {
			first[m.Name] = m.Session
		}
		if taken && other != m.Session && !c.namesakes[m.Session] {
			c.namesakes[m.Session] = true
			c.g.node.Observe(observe.DuplicateName{Origin: observe.Origin{Node: m.Name}, Session: string(m.Session), Other: string(other)})
		}
	}
}

// kept returns the reservations that hold.
func (c *coordinator) kept() []plan.Kept {
	var kept []plan.Kept
	each(c.view, reservedTable, func(row *reservedRow) {
		if row.Reservation.Partitions.Len() > 0 && c.holds(row) {
			kept = append(kept, plan.Kept{Name: row.Name, Partitions: row.Reservation.Partitions})
		}
	})
	slices.SortFunc(kept, func(a, b plan.Kept) int { return strings.Compare(a.Name, b.Name) })
	return kept
}

// holds reports whether a reservation has not run out: by the leaver's wall
// clock, and at most its grace after this coordinator first saw it, so that a
// clock that is ahead cannot keep it for ever. Its end is noticed at the next
// listing.
func (c *coordinator) holds(row *reservedRow) bool {
	id := row.Name + " " + string(row.Revision)
	first, seen := c.reserved[id]
	if !seen {
		first = c.now()
		c.reserved[id] = first
	}
	r := row.Reservation
	return min(time.Until(r.Deadline), first+r.Grace-c.now()) > 0
}

// endReservations empties the reservations that have run out or whose name is
// back and has got its partitions. The record stays: its key names no session.
func (c *coordinator) endReservations(v plan.View) {
	var writes []backends.Write
	each(c.view, reservedTable, func(row *reservedRow) {
		back := slices.ContainsFunc(v.Members, func(m plan.Member) bool { return m.Name == row.Name && m.State == plan.Active })
		if row.Reservation.Partitions.Len() > 0 && (back || !c.holds(row)) {
			writes = append(writes, backends.Write{Key: row.Key, Value: plan.Encode(plan.Reservation{}), Expect: row.Revision})
		}
	})
	if len(writes) > 0 {
		_, _ = membership.Call(c.ctx, c.g.node.TTL()/3, func(ctx context.Context) ([]backends.Result, error) {
			return c.g.backend().Write(ctx, writes...)
		}) // tried again in the next round
	}
}
