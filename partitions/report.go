package partitions

import (
	"context"
	"hash/fnv"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions/plan"
)

// report is this run's member record as it was last written. It is guarded by
// Group.mu.
type report struct {
	run      string
	key      backends.Key
	revision backends.Revision
	written  plan.MemberRecord
	unsure   bool // the last write's reply was lost
	// armed says that a change that is not urgent waits, ripe that it has waited.
	armed, ripe bool
	gone        bool // deleted from outside: the member enlists again
}

// memberRecord says what this member is and does. The caller holds mu.
func (g *Group) memberRecord() plan.MemberRecord {
	r := plan.MemberRecord{
		Format: 1, Name: g.node.Name(), Capacity: g.cfg.Capacity, Cap: g.cfg.MaxPartitions,
		State: g.state, Seen: g.plan.Order,
	}
	for name, w := range g.works {
		i, known := g.index[name]
		if !known {
			continue
		}
		if w.stuck {
			r.Stuck.Add(i)
		}
		if w.stopped && w.claim.HeldContext().Err() != nil {
			r.Busy.Add(i)
			continue
		}
		r.Count++
		r.Digest ^= Digest(name, w.claim.Token())
	}
	now := g.node.Clock().Now()
	for name, f := range g.fails {
		if i, known := g.index[name]; known && f.refused > now {
			r.Refused.Add(i)
		}
	}
	return r
}

// Digest is one claim's share in a member's digest, which is the exclusive or
// of the shares of all that it runs: FNV-1a over name and token.
func Digest(partition string, t claim.Token) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(partition)) // hash.Hash never fails
	var b [8]byte
	for i := range b {
		b[i] = byte(t >> (8 * i))
	}
	_, _ = h.Write(b[:])
	return h.Sum64()
}

func same(a, b plan.MemberRecord) bool {
	return a.Name == b.Name && a.Capacity == b.Capacity && a.Cap == b.Cap && a.State == b.State &&
		a.Seen == b.Seen && a.Count == b.Count && a.Digest == b.Digest &&
		a.Stuck.Equal(b.Stuck) && a.Refused.Equal(b.Refused) && a.Busy.Equal(b.Busy)
}

// writeReport writes the member record if it has changed. While partitions are
// still coming or going only what a coordinator must know at once is written:
// the rest follows a little after the member has settled, so that it is one write
// for several moves and does not compete with the moves themselves.
func (g *Group) writeReport(ctx context.Context) {
	g.mu.Lock()
	now, last := g.memberRecord(), g.report
	moving := now.Count != g.plan.Wanted.Len()
	leaving := g.state == plan.Leaving && last.written.State == plan.Active
	reserve := g.reserve
	g.mu.Unlock()
	urgent := now.State != last.written.State || !now.Stuck.Equal(last.written.Stuck) ||
		!now.Refused.Equal(last.written.Refused) || !now.Busy.Equal(last.written.Busy)
	if last.key == "" || !last.unsure && (same(now, last.written) || moving && !urgent) {
		return
	}
	if !urgent && !last.unsure && g.postponed() {
		return
	}
	if leaving && reserve > 0 && !g.reserveOwned(ctx, reserve) {
		g.retryReport()
		return
	}
	g.putReport(ctx, now, last)
}

// postponed reports whether a change that is not urgent is to be written later.
func (g *Group) postponed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.report.ripe {
		g.report.armed, g.report.ripe = false, false
		return false
	}
	if !g.report.armed {
		g.report.armed = true
		g.node.Clock().AfterFunc(g.node.TTL()/50, g.ripen)
	}
	return true
}

func (g *Group) ripen() {
	g.mu.Lock()
	g.report.ripe = true
	g.mu.Unlock()
	g.poke()
}

// takeReport looks at this run's own member record. Only this run writes it: if
// it says something else, it was damaged and is written again.
func (g *Group) takeReport(r backends.Record) {
	g.mu.Lock()
	damaged := g.report.key == r.Key && g.report.revision != r.Revision && !g.report.unsure
	g.report.gone = g.report.key == r.Key && r.Revision == backends.Absent
	if damaged {
		g.report.unsure, g.report.written = true, plan.MemberRecord{}
	}
	g.mu.Unlock()
	if damaged {
		g.poke()
	}
}

// putReport writes the member record by compare-and-set, closing an earlier
// write whose reply was lost by reading the record again: only this run writes
// it.
func (g *Group) putReport(ctx context.Context, now plan.MemberRecord, last report) {
	if last.unsure {
		records, err := membership.Call(ctx, g.node.TTL()/3, func(ctx context.Context) ([]backends.Record, error) {
			return g.backend().Read(ctx, last.key)
		})
		if err != nil || records[0].Revision == backends.Absent {
			g.retryReport()
			return
		}
		last.revision = records[0].Revision
	}
	r, _ := g.write(ctx, backends.Write{Key: last.key, Value: plan.Encode(now), Expect: last.revision})
	g.mu.Lock()
	if g.report.run != last.run {
		g.mu.Unlock()
		return
	}
	if r.Outcome == backends.Applied {
		g.report.revision, g.report.written, g.report.unsure = r.Revision, now, false
	} else {
		g.report.unsure = true
	}
	g.mu.Unlock()
	if r.Outcome != backends.Applied {
		g.retryReport()
	}
}

func (g *Group) retryReport() { g.node.Clock().AfterFunc(g.node.TTL()/20, g.poke) }

// reportNow writes the member record once, whatever has changed.
func (g *Group) reportNow(ctx context.Context) {
	g.mu.Lock()
	now, last := g.memberRecord(), g.report
	g.mu.Unlock()
	if last.key != "" && (last.unsure || !same(now, last.written)) {
		g.putReport(ctx, now, last)
	}
}
