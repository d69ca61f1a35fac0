package rebalance

import (
	"cmp"
	"slices"
)

// plan writes down what was decided.
func (p *planner) plan() Plan {
	changed := 0
	for i, from := range p.in.Owner {
		if p.owner[i] != from {
			changed++
		}
	}
	moves := make([]Move, 0, changed)
	for i, from := range p.in.Owner {
		if to := p.owner[i]; to != from {
			moves = append(moves, Move{int32(i), from, to, p.reason(int32(i), from)})
		}
	}
	certificate := p.certificate(moves)
	p.reportUnowned(certificate.Unowned - p.hopeless)
	p.reportDrains()
	slices.SortFunc(p.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Member, b.Member))
	})
	return Plan{Owner: p.owner, Moves: moves, Certificate: certificate, Problems: p.problems}
}

// reason tells why a partition leaves its owner.
func (p *planner) reason(partition, from int32) Reason {
	switch {
	case p.fixed[partition] && p.owner[partition] != NoOwner: // frozen ones do not move
		return ReasonPin
	case from == NoOwner:
		return ReasonOrphan
	case p.barred.bars(partition, from):
		return ReasonExcluded
	case p.seats[from].drain:
		return ReasonDrain
	}
	return ReasonBalance
}

func (p *planner) certificate(moves []Move) Certificate {
	c := Certificate{LowerBound: p.lowerBound(), Exact: !p.bound}
	for _, m := range moves {
		if m.From == NoOwner {
			c.Placed++
		} else {
			c.Moves++
		}
	}
	c.MovedLoad, c.LoadBound = int64(c.Moves), int64(c.LowerBound)
	c.Unowned = p.hopeless
	for i, owner := range p.owner {
		if owner == NoOwner && !p.fixed[i] {
			c.Unowned++
		}
	}
	for i := range p.seats {
		s := &p.seats[i]
		c.Before.add(s.before, s)
		c.After.add(s.load, s)
	}
	return c
}

func (d *Spread) add(owned int, s *seat) {
	d.Over = max(d.Over, owned-s.hi)
	d.Under = max(d.Under, s.lo-owned)
}

// lowerBound counts two kinds of moves that no plan can do without: what a member
// has above its upper bound must leave it, and what it lacks to its lower bound must
// come, from another owner once the orphans are used up. Partitions that may not
// stay leave in any case. See the package comment for the formula.
func (p *planner) lowerBound() int {
	surplus, lack, must := p.evicted, -p.orphans, p.evicted
	reached := true
	for i := range p.seats {
		s := &p.seats[i]
		owned := s.fixed + s.home
		surplus += max(0, owned-s.hi)
		lack += max(0, s.lo-owned)
		reached = reached && s.lo <= s.load && s.load <= s.hi
		if s.drain {
			must += owned - s.load
		} else {
			must += max(0, owned-s.limit)
		}
	}
	if !reached {
		return p.forced + must
	}
	return p.forced + max(surplus, lack)
}
