package plan

import (
	"fmt"
	"slices"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/rebalance"
)

// Result is what Make found out.
type Result struct {
	// Plans are by Member.Run. Their Order is not set.
	Plans map[string]Plan
	// Target is the member that each partition should be owned by, as an index
	// into View.Members, or -1.
	Target []int32
	// Certificate is the planner's proof of how few moves there are.
	Certificate rebalance.Certificate
	// Unowned tells, for partitions that nobody is to own, why.
	Unowned map[int]string
	// Waiting says that partitions which nobody ever owned wait for PlaceNew.
	Waiting bool
	// Problems are impossible requests.
	Problems []string
}

// Make turns a view into one plan per member. It is pure and deterministic.
// Plans are computed from the claims, except that a move under way to a live
// member counts as done, so that planning again does not turn it around.
func Make(v View) (Result, error) {
	m := &maker{View: v, run: make(map[backends.SessionID]int32, len(v.Members))}
	m.Members = newestRuns(v.Members)
	for i, member := range m.Members {
		if other, ok := m.run[member.Session]; !ok || m.Members[other].State == Left {
			m.run[member.Session] = int32(i)
		}
	}
	m.result = Result{Plans: make(map[string]Plan, len(v.Members)), Unowned: map[int]string{}}
	in := m.input()
	planned, err := rebalance.Compute(in)
	if err != nil {
		return Result{}, fmt.Errorf("partitions: plan: %w", err)
	}
	m.result.Certificate = planned.Certificate
	for _, p := range planned.Problems {
		m.result.Problems = append(m.result.Problems, p.String())
	}
	m.share(planned.Owner)
	return m.result, nil
}

// newestRuns marks all but the newest run of each session as left: an older one
// has ended, even if its last word was lost on the way.
func newestRuns(members []Member) []Member {
	newest := make(map[backends.SessionID]uint64, len(members))
	for _, m := range members {
		newest[m.Session] = max(newest[m.Session], RunNumber(m.Run))
	}
	out := slices.Clone(members)
	for i := range out {
		if RunNumber(out[i].Run) < newest[out[i].Session] {
			out[i].State = Left
		}
	}
	return out
}

type maker struct {
	View
	// run gives the member that a session's claims belong to; virtual members
	// for reservations come after the real ones in the planner's input.
	run    map[backends.SessionID]int32
	idle   IndexSet // not to be given to anybody now
	result Result
}

// input describes the group to the planner.
func (m *maker) input() rebalance.Input {
	n := m.Spec.Len()
	in := rebalance.Input{Owner: make([]int32, n), Members: make([]rebalance.Member, len(m.Members))}
	drains := make(map[string]bool, len(m.Spec.Drains))
	for _, name := range m.Spec.Drains {
		drains[name] = true
	}
	for i, member := range m.Members {
		in.Members[i] = rebalance.Member{Capacity: min(max(member.Capacity, 1), rebalance.MaxCapacity), Cap: max(member.Cap, 0), Drain: member.State != Active || drains[member.Name]}
	}
	target := m.underWay()
	for p := range n {
		in.Owner[p] = m.owner(p, target)
	}
	m.reserve(&in)
	m.freeze(&in)
	m.operators(&in)
	m.refusals(&in)
	return in
}

// underWay returns for each partition the member whose present plan wants it,
// as an index, or NoOwner. Where two plans want one partition, the newer counts.
func (m *maker) underWay() []int32 {
	target := make([]int32, m.Spec.Len())
	for i := range target {
		target[i] = rebalance.NoOwner
	}
	for i, member := range m.Members {
		if member.Plan == nil || member.State != Active || !m.Alive[member.Session] {
			continue
		}
		for p := range member.Plan.Wanted.All {
			if p >= len(target) {
				break
			}
			if other := target[p]; other == rebalance.NoOwner || m.Members[other].Plan.Before(member.Plan.Order) {
				target[p] = int32(i)
			}
		}
	}
	return target
}

// owner says who counts as the owner of a partition.
func (m *maker) owner(p int, target []int32) int32 {
	if m.Spec.Retired.Has(p) {
		m.idle.Add(p)
		return rebalance.NoOwner
	}
	holder, state := m.holder(p)
	switch state {
	case unknownHolder:
		m.idle.Add(p)
		m.result.Unowned[p] = "the claim cannot be understood, or names a live session outside the group"
		return rebalance.NoOwner
	case heldByMember:
		if m.Late.Has(p) {
			return holder
		}
	case neverHeld:
		if target[p] == rebalance.NoOwner && !m.PlaceNew {
			m.idle.Add(p)
			m.result.Waiting = true
			return rebalance.NoOwner
		}
	case orphan:
	}
	if target[p] != rebalance.NoOwner {
		return target[p]
	}
	if state == heldByMember && m.Members[holder].State != Left {
		return holder
	}
	return rebalance.NoOwner
}

type holding uint8

const (
	neverHeld holding = iota
	orphan
	heldByMember
	unknownHolder
)

// holder says who holds a partition's claim.
func (m *maker) holder(p int) (int32, holding) {
	if p >= len(m.Claims) || m.Claims[p].Revision == backends.Absent {
		return rebalance.NoOwner, neverHeld
	}
	seen := m.Claims[p]
	switch {
	case seen.Garbage:
		return rebalance.NoOwner, unknownHolder
	case seen.Session == "", !m.Alive[seen.Session]:
		return rebalance.NoOwner, orphan
	}
	if run, ok := m.run[seen.Session]; ok {
		return run, heldByMember
	}
	return rebalance.NoOwner, unknownHolder
}

// reserve adds a virtual member for each reservation: it counts in the targets
// and keeps what is reserved. A member that is back under the name takes over.
func (m *maker) reserve(in *rebalance.Input) {
	for _, kept := range m.Reserved {
		back := int32(slices.IndexFunc(m.Members, func(member Member) bool {
			return member.Name == kept.Name && member.State == Active
		}))
		virtual := rebalance.Member{Capacity: 1, Cap: kept.Partitions.Len()}
		heir := back
		if back < 0 {
			heir = int32(len(in.Members))
			in.Members = append(in.Members, virtual)
		}
		for p := range kept.Partitions.All {
			if p >= len(in.Owner) || m.idle.Has(p) || m.taken(p, in.Owner[p]) {
				continue
			}
			in.Owner[p] = heir
			if back < 0 {
				in.Frozen = append(in.Frozen, int32(p))
				m.result.Unowned[p] = "reserved for " + kept.Name
			}
		}
	}
}

// taken reports whether a reserved partition has a live owner that is not about
// to leave: the reservation is void for it.
func (m *maker) taken(p int, owner int32) bool {
	if m.Spec.Retired.Has(p) {
		return true
	}
	return owner >= 0 && owner < int32(len(m.Members)) && m.Members[owner].State == Active
}

// freeze keeps where they are: what is not to be given out, what is stuck, what
// moves too slowly and, while the group is paused, what has an active owner.
func (m *maker) freeze(in *rebalance.Input) {
	for p := range m.idle.All {
		in.Frozen = append(in.Frozen, int32(p))
	}
	for p, owner := range in.Owner {
		if owner < 0 || owner >= int32(len(m.Members)) {
			continue
		}
		stuck := m.Late.Has(p) || m.Members[owner].Stuck.Has(p)
		if stuck || m.Spec.Paused && !in.Members[owner].Drain {
			in.Frozen = append(in.Frozen, int32(p))
		}
	}
	slices.Sort(in.Frozen)
	in.Frozen = slices.Compact(in.Frozen)
}

// operators passes pins and exclusions on.
func (m *maker) operators(in *rebalance.Input) {
	if len(m.Spec.Pins) == 0 && len(m.Spec.Excludes) == 0 {
		return
	}
	index := m.Spec.Index()
	byName := map[string][]int32{}
	for i, member := range m.Members {
		if member.State == Active {
			byName[member.Name] = append(byName[member.Name], int32(i))
		}
	}
	for partition, name := range m.Spec.Pins {
		p, ok := index[partition]
		if members := byName[name]; ok && len(members) > 0 && !m.idle.Has(p) {
			in.Pins = append(in.Pins, rebalance.Fix{Partition: int32(p), Member: members[0]})
		}
	}
	for name, partitions := range m.Spec.Excludes {
		for _, partition := range partitions {
			p, ok := index[partition]
			for _, member := range byName[name] {
				if ok {
					in.Exclusions = append(in.Exclusions, rebalance.Fix{Partition: int32(p), Member: member})
				}
			}
		}
	}
	slices.SortFunc(in.Pins, compareFix)
}

// refusals keeps partitions away from members where they fail, and from members
// where an older callback has not returned.
func (m *maker) refusals(in *rebalance.Input) {
	for i, member := range m.Members {
		exclude := func(p int) bool {
			if p < len(in.Owner) {
				in.Exclusions = append(in.Exclusions, rebalance.Fix{Partition: int32(p), Member: int32(i)})
			}
			return true
		}
		member.Refused.All(exclude)
		member.Busy.All(exclude)
	}
	slices.SortFunc(in.Exclusions, compareFix)
	in.Exclusions = slices.Compact(in.Exclusions)
}

func compareFix(a, b rebalance.Fix) int {
	if a.Partition != b.Partition {
		return int(a.Partition) - int(b.Partition)
	}
	return int(a.Member) - int(b.Member)
}

// share writes the planned owners out as one plan per member.
func (m *maker) share(owner []int32) {
	m.result.Target = make([]int32, len(owner))
	plans := make([]Plan, len(m.Members))
	gifts := make([]map[int32]*IndexSet, len(m.Members))
	for p, to := range owner {
		if to >= int32(len(m.Members)) || m.idle.Has(p) {
			to = rebalance.NoOwner // reserved, retired, or waiting
		}
		if to >= 0 && m.Members[to].State != Active {
			to = rebalance.NoOwner // nobody else is there: a leaver releases
		}
		m.result.Target[p] = to
		if to >= 0 {
			plans[to].Wanted.Add(p)
		} else if _, told := m.result.Unowned[p]; !told && !m.idle.Has(p) {
			m.result.Unowned[p] = "no member may own it"
		}
		from, state := m.holder(p)
		switch {
		case state == heldByMember && from != to && !m.sameSession(from, to):
			gifts[from] = give(gifts[from], to, p)
		case state == orphan && to >= 0 && m.Claims[p].Session != "":
			plans[to].dead(m.Claims[p].Session)
		}
	}
	for i, member := range m.Members {
		for to, set := range gifts[i] {
			g := Gift{Set: *set}
			if to >= 0 {
				g.Session, g.Member = m.Members[to].Session, m.Members[to].Name
			}
			plans[i].Give = append(plans[i].Give, g)
		}
		slices.SortFunc(plans[i].Give, func(a, b Gift) int { return compareSessions(a.Session, b.Session) })
		slices.SortFunc(plans[i].Dead, compareSessions)
		m.result.Plans[member.Run] = plans[i]
	}
}

// sameSession reports whether two runs belong to one session: a claim names the
// session, so it need not change.
func (m *maker) sameSession(a, b int32) bool {
	return b >= 0 && m.Members[a].Session == m.Members[b].Session
}

func give(gifts map[int32]*IndexSet, to int32, p int) map[int32]*IndexSet {
	if gifts == nil {
		gifts = map[int32]*IndexSet{}
	}
	if gifts[to] == nil {
		gifts[to] = &IndexSet{}
	}
	gifts[to].Add(p)
	return gifts
}

func (p *Plan) dead(id backends.SessionID) {
	if !slices.Contains(p.Dead, id) {
		p.Dead = append(p.Dead, id)
	}
}

func compareSessions(a, b backends.SessionID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Serves reports whether a member that follows the present plan p does what q
// asks for: it wants the same, and it knows at least the same heirs and deaths.
// Then q need not be written.
func (p Plan) Serves(q Plan) bool {
	if !p.Wanted.Equal(q.Wanted) {
		return false
	}
	for _, g := range q.Give {
		i := slices.IndexFunc(p.Give, func(have Gift) bool { return have.Session == g.Session })
		if i < 0 || !p.Give[i].Set.Covers(g.Set) {
			return false
		}
	}
	for _, id := range q.Dead {
		if !slices.Contains(p.Dead, id) {
			return false
		}
	}
	return true
}
