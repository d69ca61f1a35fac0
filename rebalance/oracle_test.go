package rebalance_test

import (
	"fmt"
	"slices"

	"github.com/tenure-go/tenure/rebalance"
)

// oracle knows the best plan for a small input by trying every assignment, as
// dynamic programming over partitions. It shares no code with the planner and uses
// no formula for moves.
type oracle struct {
	in      rebalance.Input
	allowed [][]int32 // by partition: the owners it may get, NoOwner among them
	fixed   []int     // by member: frozen or pinned there
	limit   []int     // by member: the most it may own
	ends    []end     // what assignments lead to
}

// end is the loads that some assignments lead to, and the cheapest of these.
type end struct {
	loads [maxOracleMembers]byte
	cell  int // the loads as one number
	cost  cost
}

// maxOracleMembers bounds the members that the oracle can judge.
const maxOracleMembers = 8

// cost of an assignment: partitions dropped to nobody, then moves.
type cost struct{ dropped, moves int }

func (a cost) less(b cost) bool {
	return a.dropped < b.dropped || a.dropped == b.dropped && a.moves < b.moves
}

func newOracle(in rebalance.Input) *oracle {
	o := &oracle{in: in, fixed: make([]int, len(in.Members)), allowed: make([][]int32, len(in.Owner))}
	for p, owner := range in.Owner {
		if slices.Contains(in.Frozen, int32(p)) {
			o.settle(p, owner)
		}
	}
	for _, held := range []bool{true, false} {
		for p, owner := range in.Owner {
			if m := o.pin(int32(p)); m != rebalance.NoOwner && held == (m == owner) && o.allowed[p] == nil &&
				(in.Members[m].Cap == 0 || o.fixed[m] < in.Members[m].Cap) {
				o.settle(p, m)
			}
		}
	}
	for p, owner := range in.Owner {
		if o.allowed[p] != nil {
			continue
		}
		o.allowed[p] = []int32{rebalance.NoOwner}
		for m := range in.Members {
			if (!in.Members[m].Drain || int32(m) == owner) && !o.excluded(p, int32(m)) {
				o.allowed[p] = append(o.allowed[p], int32(m))
			}
		}
	}
	for m, member := range in.Members {
		o.limit = append(o.limit, len(in.Owner))
		if member.Cap > 0 {
			o.limit[m] = max(member.Cap, o.fixed[m])
		}
		if member.Drain {
			o.limit[m] = len(in.Owner)
		}
	}
	o.solve()
	return o
}

func (o *oracle) settle(p int, owner int32) {
	o.allowed[p] = []int32{owner}
	if owner != rebalance.NoOwner {
		o.fixed[owner]++
	}
}

func (o *oracle) excluded(p int, m int32) bool {
	return slices.Contains(o.in.Exclusions, rebalance.Fix{Partition: int32(p), Member: m})
}

// pin returns the member that a partition is pinned to, if that is possible.
func (o *oracle) pin(p int32) int32 {
	found := rebalance.NoOwner
	for _, pin := range o.in.Pins {
		if pin.Partition != p {
			continue
		}
		if found != rebalance.NoOwner {
			return rebalance.NoOwner
		}
		found = pin.Member
	}
	if found != rebalance.NoOwner && (o.in.Members[found].Drain || o.excluded(int(p), found)) {
		return rebalance.NoOwner
	}
	return found
}

// solve finds the cheapest way to each possible list of loads.
func (o *oracle) solve() {
	cells, base := 1, len(o.in.Owner)+1
	stride := make([]int, len(o.in.Members))
	for m := range stride {
		stride[m] = cells
		cells *= base
	}
	at := make([]int, cells) // by cell: one more than its place among the ends
	o.ends = []end{{}}
	for p, before := range o.in.Owner {
		var next []end
		for _, e := range o.ends {
			for _, m := range o.allowed[p] {
				to := e
				if m != rebalance.NoOwner {
					to.loads[m]++
					to.cell += stride[m]
					if int(to.loads[m]) > o.limit[m] {
						continue
					}
				}
				if before != rebalance.NoOwner && m != before {
					to.cost.moves++
				}
				if before != rebalance.NoOwner && m == rebalance.NoOwner {
					to.cost.dropped++
				}
				if at[to.cell] == 0 {
					next = append(next, to)
					at[to.cell] = len(next)
				} else if known := &next[at[to.cell]-1]; to.cost.less(known.cost) {
					known.cost = to.cost
				}
			}
		}
		for _, e := range next {
			at[e.cell] = 0
		}
		o.ends = next
	}
}

// best returns the cost of the cheapest assignment among the best ones, and the
// quality that all of these have.
func (o *oracle) best() (cost, quality) {
	var bestCost cost
	var bestQuality quality
	first := true
	lo, hi := o.shares()
	for i := range o.ends {
		e := &o.ends[i]
		q := o.quality(e.loads[:len(o.in.Members)], lo, hi)
		if d := slices.Compare(q[:], bestQuality[:]); first || d < 0 || d == 0 && e.cost.less(bestCost) {
			bestCost, bestQuality, first = e.cost, q, false
		}
	}
	return bestCost, bestQuality
}

// quality of loads, the smaller the better: without an owner, left on draining
// members, and two numbers for how uneven they are.
type quality [4]int

// quality judges equal members by the sum of squares of their loads. Members of
// different capacity must be inside their shares; where exclusions prevent that, the
// documented prices of their partitions are added up.
func (o *oracle) quality(loads []byte, lo, hi []int) quality {
	q := quality{len(o.in.Owner)}
	scale := 1
	for m := range loads {
		scale *= o.weight(m)
	}
	for m, b := range loads {
		load := int(b)
		q[0] -= load
		switch {
		case o.in.Members[m].Drain:
			q[1] += load
		case o.even():
			q[2] += load * load
		case len(o.in.Exclusions) == 0:
			q[2] += max(0, load-hi[m], lo[m]-load)
		default:
			q[2] += max(0, load-lo[m]) + max(0, load-hi[m])
			for k := 1; k <= load; k++ {
				if k <= lo[m] || k > hi[m] {
					q[3] += k * scale / o.weight(m)
				}
			}
		}
	}
	return q
}

// even reports whether all capacities are equal.
func (o *oracle) even() bool {
	return !slices.ContainsFunc(o.in.Members, func(m rebalance.Member) bool {
		return max(m.Capacity, 1) != max(o.in.Members[0].Capacity, 1)
	})
}

// shares finds lo and hi by cutting off, again and again, the members that are
// furthest outside their bounds.
func (o *oracle) shares() (lo, hi []int) {
	n := len(o.in.Members)
	lo, hi = make([]int, n), make([]int, n)
	rest, room := 0, 0
	limit := make([]int, n) // not even without a cap can it own more
	var open []int
	for m, member := range o.in.Members {
		if !member.Drain {
			open = append(open, m)
			limit[m] = min(o.limit[m], o.fixed[m]+o.choices(int32(m)))
			room += limit[m] - o.fixed[m]
			rest += o.fixed[m]
		}
	}
	rest += min(o.possible(), room)
	for len(open) > 0 {
		weights, below, above := 0, 0, 0
		for _, m := range open {
			weights += o.weight(m)
		}
		for _, m := range open {
			below += max(0, o.fixed[m]*weights-rest*o.weight(m))
			above += max(0, rest*o.weight(m)-limit[m]*weights)
		}
		keep, total := open[:0:0], rest
		for _, m := range open {
			share := total * o.weight(m)
			cut := -1
			switch {
			case below > 0 && below >= above && share < o.fixed[m]*weights:
				cut = o.fixed[m]
			case above > 0 && above >= below && share > limit[m]*weights:
				cut = limit[m]
			}
			if cut >= 0 {
				lo[m], hi[m] = cut, cut
				rest -= cut
				continue
			}
			lo[m], hi[m] = share/weights, (share+weights-1)/weights
			keep = append(keep, m)
		}
		if len(keep) == len(open) {
			break
		}
		open = keep
	}
	return lo, hi
}

// choices counts the partitions that could be given to a member.
func (o *oracle) choices(m int32) int {
	choices := 0
	for _, owners := range o.allowed {
		if len(owners) > 1 && slices.Contains(owners, m) {
			choices++
		}
	}
	return choices
}

// possible counts the partitions that could be given to anybody.
func (o *oracle) possible() int {
	possible := 0
	for _, owners := range o.allowed {
		if len(owners) > 1 && slices.ContainsFunc(owners, func(m int32) bool {
			return m != rebalance.NoOwner && !o.in.Members[m].Drain
		}) {
			possible++
		}
	}
	return possible
}

func (o *oracle) weight(m int) int { return max(o.in.Members[m].Capacity, 1) }

// check compares a plan with the best possible.
func (o *oracle) check(plan rebalance.Plan) error {
	if err := wellFormed(o.in, plan); err != nil {
		return err
	}
	loads := make([]byte, len(o.in.Members))
	got := cost{}
	for p, m := range plan.Owner {
		if !slices.Contains(o.allowed[p], m) {
			return fmt.Errorf("partition %d goes to %d; it may go to %d", p, m, o.allowed[p])
		}
		if m != rebalance.NoOwner {
			loads[m]++
		}
		if before := o.in.Owner[p]; before != rebalance.NoOwner && before != m {
			got.moves++
			if m == rebalance.NoOwner {
				got.dropped++
			}
		}
	}
	for m, load := range loads {
		if int(load) > o.limit[m] {
			return fmt.Errorf("member %d owns %d, its cap is %d", m, load, o.limit[m])
		}
	}
	lo, hi := o.shares()
	want, wantQuality := o.best()
	if q := o.quality(loads, lo, hi); q != wantQuality {
		return fmt.Errorf("loads %d have quality %d (unowned, undrained, unevenness), possible is %d", loads, q, wantQuality)
	}
	if got.dropped != want.dropped && len(o.in.Exclusions) == 0 {
		return fmt.Errorf("drops %d partitions, %d are enough", got.dropped, want.dropped)
	}
	c := plan.Certificate
	if c.Moves != got.moves {
		return fmt.Errorf("certificate says %d moves, there are %d", c.Moves, got.moves)
	}
	if c.LowerBound > c.Moves {
		return fmt.Errorf("lower bound %d is above the %d moves made", c.LowerBound, c.Moves)
	}
	if c.LowerBound > want.moves {
		return fmt.Errorf("lower bound %d, but %d moves are enough", c.LowerBound, want.moves)
	}
	if len(o.in.Exclusions) == 0 && (!c.Exact || got.moves != want.moves || c.LowerBound != want.moves) {
		return fmt.Errorf("%d moves, lower bound %d, exact %t; the true minimum is %d", got.moves, c.LowerBound, c.Exact, want.moves)
	}
	return nil
}

// wellFormed checks what holds for a plan of any size.
func wellFormed(in rebalance.Input, plan rebalance.Plan) error {
	if len(plan.Owner) != len(in.Owner) {
		return fmt.Errorf("%d owners for %d partitions", len(plan.Owner), len(in.Owner))
	}
	applied := slices.Clone(in.Owner)
	c := rebalance.Certificate{}
	last := int32(-1)
	for _, m := range plan.Moves {
		if m.Partition <= last || m.From == m.To || m.From != in.Owner[m.Partition] {
			return fmt.Errorf("move %+v does not fit after partition %d with owner %d", m, last, in.Owner[m.Partition])
		}
		last = m.Partition
		applied[m.Partition] = m.To
		if m.From == rebalance.NoOwner {
			c.Placed++
		} else {
			c.Moves++
		}
	}
	if !slices.Equal(applied, plan.Owner) {
		return fmt.Errorf("the moves lead to %d, not to %d", applied, plan.Owner)
	}
	if got := plan.Certificate; got.Placed != c.Placed || got.Moves != c.Moves {
		return fmt.Errorf("certificate %+v; the moves say %d moves and %d placed", got, c.Moves, c.Placed)
	}
	frozen := make(map[int32]bool, len(in.Frozen))
	for _, p := range in.Frozen {
		frozen[p] = true
	}
	unowned := 0
	for p, m := range plan.Owner {
		if frozen[int32(p)] && m != in.Owner[p] {
			return fmt.Errorf("frozen partition %d moves from %d to %d", p, in.Owner[p], m)
		}
		if m == rebalance.NoOwner && !frozen[int32(p)] {
			unowned++
		}
	}
	if plan.Certificate.Unowned != unowned {
		return fmt.Errorf("certificate says %d unowned, there are %d", plan.Certificate.Unowned, unowned)
	}
	if unowned > 0 && len(plan.Problems) == 0 {
		return fmt.Errorf("%d partitions are unowned and no problem says so", unowned)
	}
	return nil
}
