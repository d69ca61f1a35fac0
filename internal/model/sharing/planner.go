package sharing

import (
	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions/plan"
)

// question is all that a round of planning depends on.
type question struct {
	claims   [keys]claimed
	members  [nodes]member
	plans    [nodes]planned
	reserved [nodes]set
}

// planner asks plan.Make. It is pure, so each question is asked once.
type planner map[question][nodes]planned

func (p planner) make(s *State) [nodes]planned {
	q := question{s.claims, s.members, s.plans, s.reserved}
	for n := range q.members {
		q.members[n].follows, q.members[n].runs, q.members[n].releasing = planned{}, 0, false
	}
	answer, known := p[q]
	if known {
		return answer
	}
	v := view(q)
	result, err := plan.Make(v)
	if err != nil {
		panic("sharing: the planner refuses a small group: " + err.Error())
	}
	for _, m := range v.Members {
		answer[named(m.Session).node()] = small(result.Plans[m.Run])
	}
	p[q] = answer
	return answer
}

// view is what the coordinator sees of the group.
func view(q question) plan.View {
	s := State{members: q.members}
	v := plan.View{Spec: plan.Spec{Count: keys}, Alive: map[backends.SessionID]bool{}, PlaceNew: true}
	for _, c := range q.claims {
		seen := claim.Seen{}
		if c.exists {
			seen = claim.Seen{Record: claim.Record{Session: id(c.holder), Token: 1}, Revision: "r"}
		}
		v.Claims = append(v.Claims, seen)
	}
	stages := map[stage]plan.State{active: plan.Active, leaving: plan.Leaving, gone: plan.Left}
	for n, m := range q.members {
		if m.stage != away {
			present := q.plans[n].full()
			v.Alive[id(s.me(n))] = true
			v.Members = append(v.Members, plan.Member{
				Run: plan.RunName(id(s.me(n)), 1), Session: id(s.me(n)), Plan: &present,
				MemberRecord: plan.MemberRecord{Name: nodeName(n), Capacity: 1, State: stages[m.stage]},
			})
		}
		if q.reserved[n] != 0 {
			v.Reserved = append(v.Reserved, plan.Kept{Name: nodeName(n), Partitions: q.reserved[n].full()})
		}
	}
	return v
}

// serves is Plan.Serves.
func (p planned) serves(q planned) bool { return p.full().Serves(q.full()) }

func (p planned) order() plan.Order {
	return plan.Order{Token: claim.Token(p.token), Sequence: uint64(p.sequence)}
}

func (p planned) full() plan.Plan {
	out := plan.Plan{Order: p.order(), Wanted: p.wanted.full()}
	for k, g := range p.give {
		switch g {
		case keep:
		case release:
			out.Give = append(out.Give, plan.Gift{Set: plan.SetOf(k)})
		default:
			out.Give = append(out.Give, plan.Gift{Session: id(session(g - 1)), Set: plan.SetOf(k)})
		}
	}
	if len(out.Give) == 2 && out.Give[0].Session == out.Give[1].Session {
		out.Give = []plan.Gift{{Session: out.Give[0].Session, Set: plan.SetOf(0, 1)}}
	}
	for i := 1; i <= nodes*sessions; i++ {
		if p.dead.has(i) {
			out.Dead = append(out.Dead, id(session(i)))
		}
	}
	return out
}

func small(p plan.Plan) planned {
	var out planned
	for k := range keys {
		if p.Wanted.Has(k) {
			out.wanted = out.wanted.with(k)
		}
		for _, g := range p.Give {
			if g.Set.Has(k) {
				out.give[k] = to(named(g.Session))
			}
		}
	}
	for _, d := range p.Dead {
		out.dead = out.dead.with(int(named(d)))
	}
	return out
}

func (s set) full() plan.IndexSet {
	var out plan.IndexSet
	for k := range keys {
		if s.has(k) {
			out.Add(k)
		}
	}
	return out
}

func id(s session) backends.SessionID {
	if s == 0 {
		return ""
	}
	return backends.SessionID(s.String())
}

func named(id backends.SessionID) session {
	if id == "" {
		return 0
	}
	return sessionOf(int(id[0]-'A'), int(id[1]-'0'))
}
