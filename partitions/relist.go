package partitions

import (
	"context"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions/plan"
)

// relist corrects the view once per TTL: a watch only accelerates. Claims are
// listed again only if a member's count or digest stays different from what the
// view says, so that steady cost does not grow with the partitions.
func (c *coordinator) relist() {
	keys := c.g.keys
	if c.relistSessions() != nil || c.relistDir(keys.members, memberTable) != nil || c.relistDir(keys.plans, planTable) != nil {
		return
	}
	if c.differs() {
		_ = c.relistDir(keys.claims, claimTable) // again in a TTL
		return
	}
	c.rereadSlice()
}

// slice is how many claims are read again in each round, in turn: what the watch
// has missed and no member can tell is found in the end, at a steady cost.
const slice = 16

func (c *coordinator) rereadSlice() {
	n := c.spec.Len()
	keys := make([]backends.Key, 0, slice)
	for range min(slice, n) {
		c.reread = (c.reread + 1) % n
		if key, err := c.g.keys.claims.Key(c.spec.Name(c.reread)); err == nil {
			keys = append(keys, key)
		}
	}
	records, err := membership.Call(c.ctx, c.g.node.TTL()/3, func(ctx context.Context) ([]backends.Record, error) {
		return c.g.backend().Read(ctx, keys...)
	})
	if err != nil {
		return
	}
	for _, r := range records {
		if r.Revision == backends.Absent {
			c.dropRecord(r.Key)
		} else {
			c.takeRecord(r)
		}
	}
}

func (c *coordinator) relistSessions() error {
	infos, err := membership.Call(c.ctx, c.g.node.TTL()/3, c.g.backend().Sessions)
	if err != nil {
		return err
	}
	listed := make(map[string]bool, len(infos))
	for _, info := range infos {
		listed[string(info.ID)] = true
		c.takeSession(info)
	}
	var gone []string
	each(c.view, sessionTable, func(row *sessionRow) {
		if !listed[row.ID] {
			gone = append(gone, row.ID)
		}
	})
	for _, id := range gone {
		c.dropSession(backends.SessionID(id))
	}
	return nil
}

// relistDir makes one table of the view what a listing says.
func (c *coordinator) relistDir(dir backends.Dir, table string) error {
	records, err := membership.Call(c.ctx, c.g.node.TTL()/3, func(ctx context.Context) ([]backends.Record, error) {
		return c.g.backend().List(ctx, dir)
	})
	if err != nil {
		return err
	}
	listed := make(map[string]bool, len(records))
	for _, r := range records {
		if name, err := r.Key.Name(); err == nil {
			listed[name] = true
		}
		c.takeRecord(r)
	}
	var gone []string
	missing := func(id string) {
		if !listed[id] {
			gone = append(gone, id)
		}
	}
	switch table {
	case memberTable:
		each(c.view, table, func(row *memberRow) { missing(row.Run) })
	case planTable:
		each(c.view, table, func(row *planRow) { missing(row.Run) })
	case claimTable:
		each(c.view, table, func(row *claimRow) { missing(row.Name) })
	}
	for _, id := range gone {
		c.view.remove(table, id)
	}
	return nil
}

// differs reports whether a member has said twice in a row the same count and
// digest, and the view's claims say otherwise: the watch has missed something.
func (c *coordinator) differs() bool {
	type sum struct {
		count  int
		digest uint64
	}
	sums := map[string]sum{}
	each(c.view, claimTable, func(row *claimRow) {
		s := sums[row.Holder]
		s.count++
		s.digest ^= Digest(row.Name, row.Seen.Token)
		sums[row.Holder] = s
	})
	found := false
	before := c.differing
	c.differing = map[string]plan.MemberRecord{}
	each(c.view, memberTable, func(row *memberRow) {
		if row.Garbage || (sums[row.Session] == sum{row.Record.Count, row.Record.Digest}) {
			return
		}
		c.differing[row.Run] = row.Record
		if old, ok := before[row.Run]; ok && same(old, row.Record) {
			found = true
		}
	})
	return found
}
