package rebalance

import (
	"fmt"
	"slices"
)

// Compute plans who should own each partition. It is a pure function: equal inputs
// give equal plans, and it may be called from several goroutines. What it promises
// is in the package comment. Every error wraps ErrInvalidInput.
//
// Without exclusions it takes O(P + n log n) for P partitions and n members. Where
// exclusions stand in the way of even shares, each partition without a simple place
// costs a search of up to O(P + n·d), with d different sets of excluded members.
func Compute(in Input) (Plan, error) {
	if err := in.validate(); err != nil {
		return Plan{}, err
	}
	pins, err := in.sortedFixes("pin", in.Pins)
	if err != nil {
		return Plan{}, err
	}
	barred, err := in.sortedFixes("exclusion", in.Exclusions)
	if err != nil {
		return Plan{}, err
	}
	p := newPlanner(in, newEligibility(&in, barred))
	if err := p.freeze(); err != nil {
		return Plan{}, err
	}
	p.pin(pins)
	p.keepAway()
	p.exclude()
	p.count()
	p.share()
	if in.Weights != nil || in.Zones != nil {
		balance(p)
	} else if !p.assign() && p.barred.any() {
		repair(p)
	}
	return p.plan(), nil
}

// planner is one computation. Partitions are either fixed (frozen, pinned, or
// impossible to own) or free; everything after count is about the free ones.
type planner struct {
	in     Input
	barred eligibility
	seats  []seat  // by member
	owner  []int32 // the plan as far as it is made
	fixed  []bool  // by partition: its owner in the plan is settled

	live     int  // members that may get partitions: neither draining nor away
	hopeless int  // partitions without an owner as every member is excluded
	forced   int  // moves away from an owner that were made while fixing
	orphans  int  // free partitions without an owner
	evicted  int  // free partitions whose owner may not own them
	skipped  int  // orphans that stay so: there is no room for all
	bound    bool // an exclusion restricts some free partition

	forcedLoad int64     // of the forced moves
	zoned      []bool    // by partition: it leaves its owner for its zone
	levels     *balancer // nil where partitions were shared out by number

	problems []Problem
}

// seat is the ledger of one member. All numbers are partitions; lo, hi, limit,
// target and load include the fixed ones.
type seat struct {
	weight int64 // its capacity; of no meaning when it drains
	drain  bool
	closed bool // it gets nothing new: it drains or is away
	before int  // owned in the input
	fixed  int  // settled to be its own: frozen or pinned here
	stuck  int  // of the fixed ones: on a draining member, nobody else may own it
	home   int  // free ones that it owns now and may keep
	barred int  // free ones that it may not own
	limit  int  // the most it may own
	lo, hi int  // the whole numbers around its fair share
	target int  // lo or hi: what it should own
	rising bool // while leveling: it holds what the water line says
	load   int  // what it owns in the plan so far
	keep   int  // while assigning: how many of home it still keeps
	hole   int  // while assigning: how many more it still takes
}

func newPlanner(in Input, barred eligibility) *planner {
	p := &planner{
		in:     in,
		barred: barred,
		seats:  make([]seat, len(in.Members)),
		owner:  make([]int32, len(in.Owner)),
		fixed:  make([]bool, len(in.Owner)),
	}
	for i, m := range in.Members {
		p.seats[i] = seat{weight: int64(max(m.Capacity, 1)), drain: m.Drain, closed: m.Drain || m.Away}
		if !p.seats[i].closed {
			p.live++
		}
	}
	return p
}

// weight is the load of a partition.
func (p *planner) weight(partition int32) int64 {
	if p.in.Weights == nil {
		return 1
	}
	return p.in.Weights[partition]
}

// settle fixes the owner of a partition.
func (p *planner) settle(partition, owner int32) {
	p.fixed[partition] = true
	p.owner[partition] = owner
	if owner != NoOwner {
		p.seats[owner].fixed++
	}
	if from := p.in.Owner[partition]; from != NoOwner && from != owner {
		p.forced++
		p.forcedLoad += p.weight(partition)
	}
}

func (p *planner) freeze() error {
	for _, f := range p.in.Frozen {
		if f < 0 || int(f) >= len(p.in.Owner) {
			return fmt.Errorf("%w: frozen partition %d; there are %d partitions", ErrInvalidInput, f, len(p.in.Owner))
		}
		if p.fixed[f] {
			return fmt.Errorf("%w: partition %d is frozen twice; give it once", ErrInvalidInput, f)
		}
		p.settle(f, p.in.Owner[f])
	}
	return nil
}

// pin settles what can be pinned. The pins that are granted already come first, so
// that a cap with room for some of them moves nothing.
func (p *planner) pin(sorted []Fix) {
	var wanted []Fix
	for i, f := range sorted {
		same := func(j int) bool { return j >= 0 && j < len(sorted) && sorted[j].Partition == f.Partition }
		switch {
		case p.fixed[f.Partition]: // frozen: the pin waits until it is not
		case same(i-1) || same(i+1):
			p.report(ProblemPinConflict, f, 1)
		case p.seats[f.Member].drain:
			p.report(ProblemPinDraining, f, 1)
		case p.barred.bars(f.Partition, f.Member):
			p.report(ProblemPinExcluded, f, 1)
		case p.seats[f.Member].closed && p.in.Owner[f.Partition] != f.Member:
			p.report(ProblemPinAway, f, 1)
		default:
			wanted = append(wanted, f)
		}
	}
	for _, granted := range []bool{true, false} {
		for _, f := range wanted {
			if granted != (p.in.Owner[f.Partition] == f.Member) {
				continue
			}
			if limit := p.in.Members[f.Member].Cap; limit > 0 && p.seats[f.Member].fixed >= limit {
				p.report(ProblemPinOverCap, f, 1)
				continue
			}
			p.settle(f.Partition, f.Member)
		}
	}
}

// keepAway settles what members that are away own.
func (p *planner) keepAway() {
	if !slices.ContainsFunc(p.seats, func(s seat) bool { return s.closed && !s.drain }) {
		return
	}
	for i, owner := range p.in.Owner {
		if owner == NoOwner || p.fixed[i] {
			continue
		}
		if s := &p.seats[owner]; s.closed && !s.drain && !p.barred.bars(int32(i), owner) {
			p.settle(int32(i), owner)
		}
	}
}

// exclude settles the partitions that no live member may own: they would make
// every share too large. A draining owner keeps them.
func (p *planner) exclude() {
	if !p.barred.any() {
		return
	}
	lacking := p.lacking()
	members := make([]int, len(p.barred.sets)) // by class: its free partitions
	for i := range p.owner {
		partition, owner := int32(i), p.in.Owner[i]
		if p.fixed[i] {
			continue
		}
		class := p.barred.classOf(partition)
		barred := lacking[class]
		for _, m := range p.barred.row(partition) {
			if !p.seats[m].closed && !p.barred.lacks(class, m) {
				barred++
			}
		}
		p.bound = p.bound || barred > 0 || owner != NoOwner && p.barred.bars(partition, owner)
		if p.live == 0 || barred < p.live {
			members[class]++
			for _, m := range p.barred.row(partition) {
				if !p.barred.lacks(class, m) {
					p.seats[m].barred++
				}
			}
			continue
		}
		p.report(ProblemNobodyEligible, Fix{partition, NoOwner}, 1)
		if owner == NoOwner || p.barred.bars(partition, owner) {
			p.settle(partition, NoOwner)
			p.hopeless++
		} else {
			p.settle(partition, owner)
			p.seats[owner].stuck++
		}
	}
	for class, count := range members {
		for m := range p.seats {
			if p.barred.lacks(int32(class), int32(m)) {
				p.seats[m].barred += count
			}
		}
	}
}

// lacking counts by class the live members that lack a label.
func (p *planner) lacking() []int {
	lacking := make([]int, len(p.barred.sets))
	for class := range lacking {
		for m := range p.seats {
			if !p.seats[m].closed && p.barred.lacks(int32(class), int32(m)) {
				lacking[class]++
			}
		}
	}
	return lacking
}

// count sorts the free partitions by what their owner means for them.
func (p *planner) count() {
	// Small arrays: the seats of many members are more than a processor keeps at hand.
	before, home := make([]int32, len(p.seats)), make([]int32, len(p.seats))
	restricted := p.barred.any()
	for i, owner := range p.in.Owner {
		if owner != NoOwner {
			before[owner]++
		}
		switch {
		case p.fixed[i]:
		case owner == NoOwner:
			p.orphans++
		case restricted && p.barred.bars(int32(i), owner):
			p.evicted++
		default:
			home[owner]++
		}
	}
	for m := range p.seats {
		p.seats[m].before, p.seats[m].home = int(before[m]), int(home[m])
	}
}
