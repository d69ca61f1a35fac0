package model

import (
	"fmt"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions/plan"
)

// patience is how many rounds without faults a cluster has to come to rest.
const patience = 24

// liveness lets the faults end and looks whether the cluster comes to rest with
// every key run by the node that is to have it. The way there is one fair one:
// all writes land, all sessions that nobody trusts die, everybody is back, all
// callbacks that were asked to stop return, plan.Make plans, and keepers go on.
type liveness struct {
	x *explorer
	// good are states on the way to rest, by the node that key 0 is pinned to.
	good [nodes]map[State]bool
}

func newLiveness(r Rules) *liveness {
	l := &liveness{x: &explorer{rules: newOracle(r), bounds: Bounds{Keys: maxKeys, Tokens: 63, Sessions: maxSessions, Flying: maxFlying}}}
	for i := range l.good {
		l.good[i] = map[State]bool{}
	}
	return l
}

// stuck says how the cluster fails to come to rest from s, or nothing.
func (l *liveness) stuck(s State) string {
	s.calm(l.x)
	for pin := range l.good {
		if how := l.follow(s, pin); how != "" {
			return how
		}
	}
	return ""
}

func (l *liveness) follow(s State, pin int) string {
	var way []State
	for range patience {
		s.canonical()
		if l.good[pin][s] {
			break
		}
		way = append(way, s)
		plans, err := s.plans(pin)
		if err != nil {
			return err.Error()
		}
		if s.atRest(plans, pin) {
			break
		}
		for n := range s.nodes {
			for k := range maxKeys {
				if broken := s.carryOn(n, k, plans[n], l.x); broken != "" {
					return broken
				}
			}
		}
	}
	if len(way) == patience {
		return fmt.Sprintf("no faults any more, and %s does not come to run key 0: the claim is %v, A %s, B %s",
			nodeName(pin), s.claims[0], s.nodes[0].slots[0], s.nodes[1].slots[0])
	}
	for _, passed := range way {
		l.good[pin][passed] = true
	}
	return ""
}

// String says what a slot is doing, for traces.
func (sl slot) String() string {
	switch {
	case sl.running:
		return fmt.Sprintf("runs it with token %d", sl.token)
	case sl.draining:
		return fmt.Sprintf("drains it with token %d", sl.token)
	case sl.hasPending:
		return fmt.Sprintf("has %v open", sl.pending)
	}
	return "does not know that it has anything to do"
}

// calm ends the faults.
func (s *State) calm(x *explorer) {
	for i := range s.flying {
		if s.flying[i].there {
			s.land(i)
		}
	}
	for n := range s.nodes {
		nd := &s.nodes[n]
		for k := range nd.slots {
			if sl := &nd.slots[k]; sl.callback.token != 0 && !sl.running {
				s.returned(n, k, x.rules)
			}
		}
		if !nd.trusted {
			nd.inc++
			nd.trusted = true
		}
		for inc := 1; inc < int(nd.inc); inc++ {
			nd.dead |= 1 << inc
		}
	}
}

// plans are what plan.Make plans from the truth, with key 0 pinned.
func (s *State) plans(pin int) ([nodes]plan.Plan, error) {
	v := plan.View{
		Spec:     plan.Spec{Count: maxKeys, Pins: map[string]string{plan.Spec{Count: maxKeys}.Name(0): nodeName(pin)}},
		Alive:    map[backends.SessionID]bool{},
		PlaceNew: true,
	}
	for _, c := range s.claims {
		v.Claims = append(v.Claims, seenOf(c))
	}
	for n := range s.nodes {
		id := sessionID(s.me(n))
		v.Alive[id] = true
		v.Members = append(v.Members, plan.Member{
			Run: plan.RunName(id, 1), Session: id,
			MemberRecord: plan.MemberRecord{Name: nodeName(n), Capacity: 1, State: plan.Active},
		})
	}
	result, err := plan.Make(v)
	var plans [nodes]plan.Plan
	for n := range plans {
		plans[n] = result.Plans[v.Members[n].Run]
	}
	return plans, err
}

// wished is the wish that a plan means for a key, like that of a group.
func wished(p plan.Plan, k int) (w wish, give bool) {
	w.want = p.Wanted.Has(k)
	for _, g := range p.Give {
		if g.Set.Has(k) {
			w.heir, give = sessionNamed(g.Session), true
		}
	}
	return w, give
}

// atRest reports whether every key is run by the node that its plan names, and
// by no other, and nothing is open.
func (s *State) atRest(plans [nodes]plan.Plan, pin int) bool {
	for k := range maxKeys {
		for n := range s.nodes {
			sl := &s.nodes[n].slots[k]
			want, _ := wished(plans[n], k)
			owns := s.runs(n, k) && sl.running && s.claims[k].holder == s.me(n) && s.claims[k].token == sl.callback.token
			switch {
			case s.proofOpen(n, k): // sent again for as long as its holder lives
			case sl.call != idle, sl.hasPending, sl.draining, sl.running != owns:
				return false
			}
			switch {
			case want.want != owns:
				return false
			case k == 0 && owns != (n == pin):
				return false
			}
		}
	}
	return true
}

// proofOpen reports whether a slot has a take open that was refused because the
// holder lives, and of which a copy may be in flight. Only a change of the claim
// closes it.
func (s *State) proofOpen(n, k int) bool {
	sl := &s.nodes[n].slots[k]
	p := sl.pending
	return sl.hasPending && sl.unsure && p.ifDead != 0 && !s.isDead(p.ifDead) && p.expect == s.claims[k].revision
}

// carryOn is one turn of a node's keeper about one key, with a store that
// answers at once.
func (s *State) carryOn(n, k int, p plan.Plan, x *explorer) (broken string) {
	sl := &s.nodes[n].slots[k]
	w, give := wished(p, k)
	settled := !sl.hasPending && !sl.draining && sl.running == w.want
	var t step
	switch {
	case sl.call == writing: // the copy landed, or was lost on the way
		_, broken, _ = s.settle(n, k, backends.Unknown, x)
	case sl.call == answered:
		_, broken, _ = s.settle(n, k, backends.Outcome(sl.outcome), x)
	case sl.call == reading:
		w.tryDead = true
		_, broken, _ = s.decide(n, k, w, x)
	case sl.drained() && !sl.fresh:
		sl.fresh = true
	default:
		t, broken, _ = s.advance(n, k, w, x)
		if t.did.verb == claim.Rest && (!settled || give) {
			sl.call, sl.seen = reading, s.claims[k]
		}
	}
	for i := range s.flying {
		if s.flying[i].there {
			s.land(i)
		}
	}
	if sl.callback.token != 0 && !sl.running {
		s.returned(n, k, x.rules)
	}
	return broken
}
