package sharing

import "fmt"

// Rules are what is explored: the library's, or a broken variant's.
type Rules struct {
	// Terms, Plans and Faults bound an exploration: how many coordinators there
	// are, how many plans each of them writes, how many crashes and leaves.
	Terms, Plans, Faults uint8
	// Broken rules. ForgetDead leaves out of plans who is dead. SameTerm numbers
	// the plans of each coordinator from the beginning, under one token.
	// ForeverReserved never ends a reservation. DeafWhenGone lets a member follow
	// no plan after its part in the group. NoAdopt does not start what was handed
	// over. LazyPlans writes a plan only if what is wanted has changed.
	ForgetDead, SameTerm, ForeverReserved, DeafWhenGone, NoAdopt, LazyPlans bool
}

// explorer makes the successors of states.
type explorer struct {
	rules   Rules
	planner planner
}

// next calls emit for all that can follow s. A line says what happened.
func (x *explorer) next(s State, emit func(line func() string, next State)) {
	do := func(line func() string, change func(*State) bool) {
		after := s
		if change(&after) {
			after.canonical()
			if after != s {
				emit(line, after)
			}
		}
	}
	for n := range nodes {
		x.fates(s, n, do)
		x.follow(n, do)
	}
	x.chair(s, do)
	for i, w := range s.writes {
		if w.there {
			do(say("the plan %v for %s lands", w.plan, w.to), func(s *State) bool { s.land(i); return true })
			do(say("the plan %v for %s is lost", w.plan, w.to), func(s *State) bool { s.writes[i] = write{}; return true })
		}
	}
}

type doing = func(line func() string, change func(*State) bool)

func say(format string, args ...any) func() string {
	return func() string { return fmt.Sprintf(format, args...) }
}

// fates are what can happen to a member.
func (x *explorer) fates(s State, n int, do doing) {
	name := nodeName(n)
	do(say("%s crashes", name), func(s *State) bool {
		if s.members[n].stage == away {
			return false
		}
		s.die(n)
		return x.fault(s)
	})
	do(say("%s comes back with another session", name), func(s *State) bool {
		m := &s.members[n]
		if m.stage != away || m.inc == sessions {
			return false
		}
		*m = member{inc: m.inc + 1, stage: active}
		s.plans[n] = planned{}
		return true
	})
	for _, reserve := range []bool{false, true} {
		do(say("%s leaves (reserving: %v)", name, reserve), func(s *State) bool {
			m := &s.members[n]
			if m.stage != active {
				return false
			}
			m.stage = leaving
			if reserve {
				s.reserved[n] = m.runs
			}
			return x.fault(s)
		})
	}
	do(say("%s waits for no plan any more", name), func(s *State) bool {
		s.members[n].releasing = true
		return s.members[n].stage == leaving
	})
	do(say("%s has left", name), func(s *State) bool { return s.leave(n) })
	do(say("the reservation for %s runs out", name), func(s *State) bool { s.reserved[n] = 0; return true })
}

// fault counts one, and reports whether it is within the bounds.
func (x *explorer) fault(s *State) bool {
	s.faults++
	return s.faults <= x.rules.Faults
}

func (s *State) die(n int) {
	s.members[n] = member{inc: s.members[n].inc, stage: away}
	s.plans[n] = planned{}
}

// leave ends a member's part in the group once it runs nothing.
func (s *State) leave(n int) bool {
	m := &s.members[n]
	if m.stage != leaving || m.runs != 0 {
		return false
	}
	m.stage = gone
	if s.leader == s.me(n) {
		s.leader = 0
	}
	return true
}

// follow is a member that reads its plan and acts on it.
func (x *explorer) follow(n int, do doing) {
	do(say("%s reads its plan", nodeName(n)), func(s *State) bool { return x.read(s, n) })
	for k := range keys {
		do(say("%s acts on its plan for %d", nodeName(n), k), func(s *State) bool { return x.act(s, n, k) })
	}
}

// read takes over a plan that is newer than the present one.
func (x *explorer) read(s *State, n int) bool {
	m := &s.members[n]
	if m.stage == away || m.stage == gone && x.rules.DeafWhenGone || !m.follows.order().Before(s.plans[n].order()) {
		return false
	}
	m.follows = s.plans[n]
	return true
}

// act does for one key what the plan asks for: what the keeper of package
// membership does.
func (x *explorer) act(s *State, n, k int) bool {
	m, c, me := &s.members[n], &s.claims[k], s.me(n)
	if m.stage == away {
		return false
	}
	want := m.follows.wanted.has(k) && m.stage != gone && !m.releasing
	mine := c.holder == me
	provable := !s.alive(c.holder) && m.follows.dead.has(int(c.holder))
	switch {
	case want && mine && !m.runs.has(k) && !x.rules.NoAdopt,
		want && c.holder == 0,
		want && !mine && provable:
		*c = claimed{me, true}
		m.runs = m.runs.with(k)
	case !want && mine && (m.runs.has(k) || m.follows.give[k] != keep):
		m.runs = m.runs.without(k)
		c.holder = 0
		if g := m.follows.give[k]; g > release {
			c.holder = session(g - 1)
		}
	default:
		return false
	}
	return true
}

// chair is the group's election, and what the coordinator does.
func (x *explorer) chair(s State, do doing) {
	for n := range nodes {
		do(say("%s becomes the coordinator", nodeName(n)), func(s *State) bool {
			return s.term < x.rules.Terms && x.elect(s, n)
		})
	}
	do(say("%s resigns as the coordinator", s.leader), func(s *State) bool { s.leader = 0; return true })
	plans := x.plan(&s)
	for n := range nodes {
		do(say("%s plans for %s: %v", s.leader, nodeName(n), plans[n]), func(s *State) bool {
			return s.sequence < x.rules.Plans && s.leader != 0 && s.alive(s.leader) && x.send(s, n, plans[n])
		})
	}
}

// elect makes a live member the coordinator if there is none.
func (x *explorer) elect(s *State, n int) bool {
	m := s.members[n]
	if s.alive(s.leader) || m.stage != active && m.stage != leaving {
		return false
	}
	s.leader, s.sequence = s.me(n), 0
	if !x.rules.SameTerm || s.term == 0 {
		s.term++
	}
	return true
}

// plan is what the coordinator would plan now.
func (x *explorer) plan(s *State) [nodes]planned {
	plans := x.planner.make(s)
	if x.rules.ForgetDead {
		for n := range plans {
			plans[n].dead = 0
		}
	}
	return plans
}

// send puts a plan under way unless the one that is there serves as well.
func (x *explorer) send(s *State, n int, next planned) bool {
	m, now := s.members[n], s.plans[n]
	serves := now.serves(next)
	if x.rules.LazyPlans {
		serves = now.wanted == next.wanted
	}
	old := now.order().Before(m.follows.order())
	if m.stage == away || serves && now.sequence > 0 && !old {
		return false
	}
	if m.stage == gone && now.sequence == 0 && next.give == ([keys]gift{}) {
		return false // nothing to say to who has left
	}
	for i := range s.writes {
		if !s.writes[i].there {
			s.sequence++
			next.token, next.sequence = s.term, s.sequence
			s.writes[i] = write{true, s.me(n), next, now.token, now.sequence}
			return true
		}
	}
	return false
}

// land lets a plan reach the store: it is written if nothing was in between.
func (s *State) land(i int) {
	w := s.writes[i]
	s.writes[i] = write{}
	now := &s.plans[w.to.node()]
	if s.alive(w.to) && now.token == w.token && now.sequence == w.expects {
		*now = w.plan
	}
}
