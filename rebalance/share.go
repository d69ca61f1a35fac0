package rebalance

import (
	"cmp"
	"slices"
)

// share sets what each member should own. When the caps leave too little room,
// draining members keep what nobody can take, then orphans stay orphans, and what
// is still too much loses its owner.
func (p *planner) share() {
	free := p.orphans + p.evicted
	for i := range p.seats {
		free += p.seats[i].home
	}
	total, room := 0, 0 // of the live members: settled already, and still possible
	for i := range p.seats {
		s := &p.seats[i]
		if s.closed {
			continue
		}
		s.limit = s.fixed + free - s.barred
		if most := p.in.Members[i].Cap; most > 0 {
			s.limit = max(s.fixed, min(s.limit, most)) // frozen ones may exceed a cap
		}
		total += s.fixed
		room += s.limit - s.fixed
	}
	short := max(0, free-room)
	total += min(free, room)
	for i := range p.seats {
		s := &p.seats[i]
		if !s.closed {
			continue
		}
		stay := min(s.home, short)
		short -= stay
		s.limit = s.fixed + stay
		s.settle(s.limit)
	}
	p.skipped = min(short, p.orphans)
	p.level(total)
}

// level gives total partitions to the live members in proportion to their
// capacities, but to none less than fixed or more than limit. Think of one water line
// that rises over all of them: a member of weight w holds line·w, beginning at what
// is fixed and ending at its limit. The line that holds the total is rest/slope.
func (p *planner) level(total int) {
	rest, slope := int64(total), int64(0)
	for i := range p.seats {
		if s := &p.seats[i]; !s.closed {
			s.settle(s.fixed)
			rest -= int64(s.fixed)
		}
	}
	for _, e := range p.edges(total) {
		s := &p.seats[e.seat]
		// Is rest/slope at most at/weight? Rounding up keeps this in 64 bits.
		if slope == 0 && rest == 0 || slope > 0 && (rest*s.weight+slope-1)/slope <= e.at {
			break
		}
		s.rising = !e.end
		if e.end {
			s.settle(s.limit)
			rest -= e.at
			slope -= s.weight
		} else {
			rest += e.at
			slope += s.weight
		}
	}
	p.round(rest, slope)
}

// settle sets the share of a member that does not depend on the water line.
func (s *seat) settle(share int) { s.lo, s.hi, s.target = share, share, share }

// edge is a point, at/weight, of the water line where a member begins to rise with
// it, or ends to.
type edge struct {
	seat int
	at   int64
	end  bool
}

// edges returns the edges in the order in which a rising line meets them.
func (p *planner) edges(total int) []edge {
	edges := make([]edge, 0, p.live)
	for i := range p.seats {
		s := &p.seats[i]
		if s.closed {
			continue
		}
		edges = append(edges, edge{i, int64(s.fixed), false})
		if s.limit < total {
			edges = append(edges, edge{i, int64(s.limit), true})
		}
	}
	// Stable, so that a member begins before it ends.
	slices.SortStableFunc(edges, func(a, b edge) int {
		return cmp.Compare(a.at*p.seats[b.seat].weight, b.at*p.seats[a.seat].weight)
	})
	return edges
}

// round makes whole numbers of the shares of the rising members. Each share is
// rounded down, and the partitions left over go, one each, to members whose share is
// not whole. First to those that own more than the rounded share anyhow: each of
// these saves a move, and giving to others instead moves partitions of a group that
// is even already (KAFKA-18688). Then by largest remainder. Then, while others drain,
// to newcomers: who replaces a draining member takes over its extra partition too, and
// a restart of all members, one by one, moves each partition once. Then to those that
// own most.
func (p *planner) round(rest, slope int64) {
	type claim struct {
		seat      int
		saves     bool
		remainder int64
		newcomer  bool
		owned     int
	}
	draining := slices.ContainsFunc(p.seats, func(s seat) bool { return s.drain && s.home > 0 })
	var claims []claim
	extra := rest
	for i := range p.seats {
		s := &p.seats[i]
		if !s.rising {
			continue
		}
		share := rest * s.weight
		s.settle(int(share / slope))
		extra -= int64(s.lo)
		if share%slope > 0 {
			s.hi++
			owned := s.fixed + s.home
			claims = append(claims, claim{i, owned > s.lo, share % slope, draining && s.before == 0, owned})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		return cmp.Or(first(a.saves, b.saves), cmp.Compare(b.remainder, a.remainder), first(a.newcomer, b.newcomer), cmp.Compare(b.owned, a.owned), cmp.Compare(a.seat, b.seat))
	})
	for _, c := range claims[:extra] {
		p.seats[c.seat].target++
	}
}

// first compares for an order in which the true ones come first.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
