package rebalance

import (
	"cmp"
	"slices"
)

// postponer keeps the moves of a finished plan within a budget: it makes the most
// useful ones and puts the others off. A move that must wait for another one, as its
// new owner is at its cap or would only pass load on, is made together with that one.
type postponer struct {
	*planner
	left    int     // of the budget
	count   []int   // by member: what it owns with the moves that are made
	mass    []int64 // by member: the load of that, where load is shared out
	waiting []candidate
}

// candidate is a move that may be made.
type candidate struct {
	partition, from, to int32
	rank                int   // see rank
	use                 int64 // how uneven its old and its new owner are
	made                bool
}

// postpone undoes the moves that are beyond the budget, and returns how many.
func (p *planner) postpone() int {
	if p.in.Budget == 0 {
		return 0
	}
	d := postponer{planner: p, left: p.in.Budget, count: make([]int, len(p.seats)), mass: make([]int64, len(p.seats))}
	moves := d.collect()
	if moves <= p.in.Budget {
		return 0
	}
	for i := range d.waiting {
		if c := &d.waiting[i]; !c.made && (d.left > 0 || c.rank == urgent) {
			d.try(i)
		}
	}
	postponed := 0
	for _, c := range d.waiting {
		if !c.made {
			p.owner[c.partition] = c.from
			if c.from != NoOwner {
				postponed++
			}
		}
	}
	p.recount()
	return postponed
}

// collect lists all moves, the first ones first, and counts those that cost budget.
func (d *postponer) collect() (moves int) {
	before, after := make([]int64, len(d.seats)), make([]int64, len(d.seats))
	for i, from := range d.in.Owner {
		w := d.weight(int32(i))
		if from != NoOwner {
			d.count[from]++
			before[from] += w
		}
		if to := d.owner[i]; to != NoOwner {
			after[to] += w
		}
	}
	copy(d.mass, before)
	for i, from := range d.in.Owner {
		to, w := d.owner[i], d.weight(int32(i))
		if from == to {
			continue
		}
		c := candidate{partition: int32(i), from: from, to: to, rank: d.rank(int32(i))}
		if from != NoOwner {
			moves++
			c.use = before[from] - after[from]
			before[from] -= w
		}
		if to != NoOwner {
			c.use += after[to] - before[to]
			before[to] += w
		}
		d.waiting = append(d.waiting, c)
	}
	slices.SortFunc(d.waiting, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.use, a.use), cmp.Compare(a.partition, b.partition))
	})
	return moves
}

// The ranks of moves, by what they are for.
const (
	urgent = iota // an owner for a partition that has none, or may not stay
	pinned
	drained
	overCap
	optional
)

func (d *postponer) rank(partition int32) int {
	from := d.in.Owner[partition]
	switch d.reason(partition, from) {
	case ReasonOrphan, ReasonExcluded:
		return urgent
	case ReasonPin:
		if from == NoOwner || d.barred.bars(partition, from) {
			return urgent
		}
		return pinned
	case ReasonDrain:
		return drained
	}
	if most := d.in.Members[from].Cap; most > 0 && d.seats[from].before > most {
		return overCap
	}
	return optional
}

// try makes a move, together with those that it must wait for, if the budget allows.
func (d *postponer) try(i int) {
	first, chain, cost := d.waiting[i], []int{i}, 0
	for {
		last := d.waiting[chain[len(chain)-1]]
		if last.from != NoOwner {
			cost++
		}
		if cost > d.left && first.rank != urgent {
			return
		}
		if d.makes(chain) {
			break
		}
		next := 0
		for next < len(d.waiting) && (d.waiting[next].made || d.waiting[next].from != last.to || slices.Contains(chain, next)) {
			next++
		}
		if last.to == NoOwner || next == len(d.waiting) {
			return
		}
		chain = append(chain, next)
	}
	d.left = max(0, d.left-cost)
}

// makes makes all moves of a chain, in which each makes room for the one before, if
// that keeps the caps and, for moves that nothing but balance asks for, if it helps.
func (d *postponer) makes(chain []int) bool {
	first, last := d.waiting[chain[0]], d.waiting[chain[len(chain)-1]]
	if end := last.to; end != NoOwner && end != first.from {
		if most := d.in.Members[end].Cap; most > 0 && d.count[end] >= most {
			return false
		}
	}
	if first.rank == optional && !d.helps(chain) {
		return false
	}
	for _, i := range chain {
		c := &d.waiting[i]
		c.made = true
		d.shift(*c, 1)
	}
	return true
}

// shift counts a move, or with -1 takes it back.
func (d *postponer) shift(c candidate, sign int) {
	w := d.weight(c.partition) * int64(sign)
	if c.from != NoOwner {
		d.count[c.from] -= sign
		d.mass[c.from] -= w
	}
	if c.to != NoOwner {
		d.count[c.to] += sign
		d.mass[c.to] += w
	}
}

// helps reports whether the group is more even with the moves of a chain.
func (d *postponer) helps(chain []int) bool {
	first, last := d.waiting[chain[0]], d.waiting[chain[len(chain)-1]]
	if d.levels == nil {
		if last.to == NoOwner || last.to == first.from {
			return last.to == NoOwner
		}
		from, to := &d.seats[first.from], &d.seats[last.to]
		return to.price(d.count[last.to]+1).compare(from.price(d.count[first.from])) < 0
	}
	var members []int32
	for _, i := range chain {
		members = append(members, d.waiting[i].from, d.waiting[i].to)
	}
	slices.Sort(members)
	members = slices.Compact(members)
	distance := func() (sum int64) {
		for _, m := range members {
			if m != NoOwner {
				sum += d.levels.bounds[m].distance(d.mass[m])
			}
		}
		return sum
	}
	before := distance()
	for _, i := range chain {
		d.shift(d.waiting[i], 1)
	}
	after := distance()
	for _, i := range chain {
		d.shift(d.waiting[i], -1)
	}
	return after < before || after == before && d.zoned != nil && d.zoned[first.partition]
}

// recount brings the ledgers in line with the owners.
func (p *planner) recount() {
	for i := range p.seats {
		p.seats[i].load = 0
	}
	for _, m := range p.owner {
		if m != NoOwner {
			p.seats[m].load++
		}
	}
	if p.levels != nil {
		p.levels.weigh()
	}
}
