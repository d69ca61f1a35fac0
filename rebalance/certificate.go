package rebalance

import (
	"cmp"
	"slices"
)

// plan writes down what was decided.
func (p *planner) plan() Plan {
	certificate := p.certificate()
	p.reportUnowned(p.unowned())
	p.reportDrains()
	if p.levels != nil {
		p.levels.reportOutside()
	}
	certificate.Deferred = p.postpone()
	certificate.Unowned = p.hopeless + p.unowned()
	changed := 0
	for i, from := range p.in.Owner {
		if p.owner[i] != from {
			changed++
		}
	}
	moves := make([]Move, 0, changed)
	for i, from := range p.in.Owner {
		to := p.owner[i]
		if to == from {
			continue
		}
		moves = append(moves, Move{int32(i), from, to, p.reason(int32(i), from)})
		if from == NoOwner {
			certificate.Placed++
		} else {
			certificate.Moves++
			certificate.MovedLoad += p.weight(int32(i))
		}
	}
	certificate.Before, certificate.After = p.spreads()
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
	case p.zoned != nil && p.zoned[partition]:
		return ReasonZone
	}
	return ReasonBalance
}

// certificate tells what is known of the plan before moves are put off.
func (p *planner) certificate() Certificate {
	c := Certificate{LowerBound: p.lowerBound(), Exact: !p.bound && p.levels == nil}
	c.LoadBound = int64(c.LowerBound)
	if p.levels != nil {
		c.LoadBound = p.levels.lowerBound()
	}
	return c
}

// unowned counts the free partitions without an owner.
func (p *planner) unowned() (count int) {
	for i, owner := range p.owner {
		if owner == NoOwner && !p.fixed[i] {
			count++
		}
	}
	return count
}

// spreads tells how uneven the group was, and is with the plan.
func (p *planner) spreads() (before, after Spread) {
	if p.levels != nil {
		return p.levels.spreads()
	}
	for i := range p.seats {
		s := &p.seats[i]
		before.add(s.before-s.hi, s.lo-s.before)
		after.add(s.load-s.hi, s.lo-s.load)
	}
	return before, after
}

func (d *Spread) add(over, under int) {
	d.Over = max(d.Over, over)
	d.Under = max(d.Under, under)
}

func (b *balancer) spreads() (before, after Spread) {
	owned := make([]int64, len(b.seats))
	for i, m := range b.in.Owner {
		if m != NoOwner {
			owned[m] += b.weight(int32(i))
		}
	}
	for m := range b.seats {
		e := &b.bounds[m]
		before.add(int(owned[m]-e.high), int(e.low-owned[m]))
		after.add(int(b.mass[m]-e.high), int(e.low-b.mass[m]))
	}
	return before, after
}

// lowerBound counts load like planner.lowerBound counts partitions. And where even the
// member with the most room has too little for a partition that comes, it, or any other,
// has to give at least the difference away.
func (b *balancer) lowerBound() int64 {
	if b.proven {
		return b.movedLoad()
	}
	surplus, lack := b.evictedLoad, -b.orphanLoad
	if len(b.pool) == 0 {
		surplus += b.crowdingLoad
	}
	for m := range b.seats {
		surplus += max(0, b.before[m]-b.bounds[m].high)
		lack += max(0, b.bounds[m].low-b.before[m])
	}
	return b.forcedLoad + max(surplus, lack)
}

func (b *balancer) movedLoad() (load int64) {
	for i, from := range b.in.Owner {
		if from != NoOwner && from != b.owner[i] {
			load += b.weight(int32(i))
		}
	}
	return load
}

// reportOutside reports the members that no change brings inside their bounds.
func (b *balancer) reportOutside() {
	if outside := b.outside(); b.in.Weights != nil && len(outside) > 0 {
		b.report(ProblemOutsideBand, Fix{-1, outside[0]}, len(outside))
	}
}

// lowerBound counts two kinds of moves that no plan can do without: what a member
// has above its upper bound must leave it, and what it lacks to its lower bound must
// come, from another owner once the orphans are used up. Partitions that may not
// stay leave in any case. See the package comment for the formula.
func (p *planner) lowerBound() int {
	surplus, lack, must := p.evicted, -p.orphans, p.evicted
	reached := p.levels == nil
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
