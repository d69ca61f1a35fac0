package model

import (
	"fmt"
	"math/bits"
)

// Bounds of what a State can hold. The third session of a node is only used
// when faults have ended, so that a node can always come back.
const (
	nodes       = 2
	maxKeys     = 2
	maxSessions = 3
	maxFlying   = 2
)

// session names a session: 0 is none, else the node and its incarnation.
type session uint8

func sessionOf(node, inc int) session { return session(1 + node*maxSessions + inc - 1) }

func (s session) node() int { return int(s-1) / maxSessions }
func (s session) inc() int  { return int(s-1)%maxSessions + 1 }

// String is the ID that the rule sees: "A1" is the first session of node A.
func (s session) String() string {
	if s == 0 {
		return ""
	}
	return nodeName(s.node()) + string('0'+rune(s.inc()))
}

func nodeName(n int) string { return string('A' + rune(n)) }

// record is a claim. Revision 0 is Absent.
type record struct {
	holder   session
	token    uint8
	revision uint8
}

func (r record) String() string {
	holder := r.holder.String()
	if holder == "" {
		holder = "free"
	}
	return fmt.Sprintf("{%s token %d}", holder, r.token)
}

// write is a conditional write of a claim.
type write struct {
	to     session
	token  uint8
	expect uint8
	ifDead session
}

func (w write) String() string {
	s := record{holder: w.to, token: w.token}.String()
	if w.ifDead != 0 {
		s += " if " + w.ifDead.String() + " is dead"
	}
	return s
}

// call is what a slot has under way at the store.
type call uint8

const (
	idle     call = iota
	reading       // the store was read, the answer is not processed
	writing       // sent, no answer yet
	answered      // the answer is not processed
)

// callback is what really runs, whatever the rule believes.
type callback struct {
	token uint8 // 0: none
	inc   uint8
	held  bool // its contexts are open
}

// slot is what a node knows about a key: claim.State, and the keeper's part.
type slot struct {
	knowledge
	fresh, abandoned bool
	call             call
	seen             record // while reading
	outcome, landed  uint8  // while answered
	callback         callback
}

// node is one process.
type node struct {
	inc     uint8 // incarnation, from 1
	trusted bool  // the trust window of that incarnation is open
	dead    uint8 // bit i: incarnation i is dead in the store
	slots   [maxKeys]slot
}

// flight is one copy of a write on its way. A copy that nobody waits for any
// more has lost its sender.
type flight struct {
	there   bool
	waited  bool
	doubled bool  // while waited for: the network has made a second copy
	node    uint8 // while waited for
	key     uint8
	write   write
}

// State is the whole world. It is comparable, and equal for equal futures once
// canonical has renamed revisions.
type State struct {
	claims  [maxKeys]record
	started [maxKeys]uint8 // largest token of a start
	nodes   [nodes]node
	flying  [maxFlying]flight
}

func initial() State {
	var s State
	for n := range s.nodes {
		s.nodes[n].inc, s.nodes[n].trusted = 1, true
	}
	return s
}

func (s *State) isDead(id session) bool {
	return id != 0 && s.nodes[id.node()].dead&(1<<id.inc()) != 0
}

func (s *State) me(n int) session { return sessionOf(n, int(s.nodes[n].inc)) }

// runs reports whether node n really runs a key under a trusted session.
func (s *State) runs(n, key int) bool {
	nd := &s.nodes[n]
	cb := nd.slots[key].callback
	return cb.token != 0 && cb.held && nd.trusted && cb.inc == nd.inc
}

// revisions calls f with every revision that anything refers to.
func (s *State) revisions(f func(*uint8)) {
	for k := range s.claims {
		f(&s.claims[k].revision)
	}
	for n := range s.nodes {
		for k := range s.nodes[n].slots {
			sl := &s.nodes[n].slots[k]
			f(&sl.revision)
			f(&sl.pending.expect)
			f(&sl.seen.revision)
			f(&sl.landed)
		}
	}
	for i := range s.flying {
		f(&s.flying[i].write.expect)
	}
}

// next returns a revision that nothing refers to. Revisions are compared for
// equality only, so forgotten ones can be used again.
func (s *State) next() uint8 {
	var top uint8
	s.revisions(func(r *uint8) { top = max(top, *r) })
	return top + 1
}

// canonical renames revisions to 0, 1, 2 in order, orders what is in flight,
// and clears what no longer matters.
func (s *State) canonical() {
	for n := range s.nodes {
		for k := range s.nodes[n].slots {
			if sl := &s.nodes[n].slots[k]; !sl.running && !sl.draining {
				sl.token, sl.revision, sl.fresh = 0, 0, false
			}
		}
	}
	var used uint64
	s.revisions(func(r *uint8) { used |= 1 << *r })
	used |= 1
	s.revisions(func(r *uint8) { *r = uint8(bits.OnesCount64(used & (1<<*r - 1))) })
	if less(s.flying[0], s.flying[1]) {
		s.flying[0], s.flying[1] = s.flying[1], s.flying[0]
	}
}

// swapped is the world with the names of the nodes exchanged.
func (s *State) swapped() State {
	t := *s
	t.nodes[0], t.nodes[1] = s.nodes[1], s.nodes[0]
	other := func(id *session) {
		if *id != 0 {
			*id = sessionOf(1-id.node(), id.inc())
		}
	}
	for k := range t.claims {
		other(&t.claims[k].holder)
	}
	for n := range t.nodes {
		for k := range t.nodes[n].slots {
			sl := &t.nodes[n].slots[k]
			other(&sl.pending.to)
			other(&sl.pending.ifDead)
			other(&sl.seen.holder)
		}
	}
	for i := range t.flying {
		f := &t.flying[i]
		other(&f.write.to)
		other(&f.write.ifDead)
		if f.waited {
			f.node = 1 - f.node
		}
	}
	if less(t.flying[0], t.flying[1]) {
		t.flying[0], t.flying[1] = t.flying[1], t.flying[0]
	}
	return t
}

func less(a, b flight) bool { return rank(a) < rank(b) }

func rank(f flight) uint64 {
	flags := one(f.there)<<2 | one(f.waited)<<1 | one(f.doubled)
	var r uint64
	for _, b := range [...]uint8{flags, f.node, f.key, uint8(f.write.to), f.write.token, f.write.expect, uint8(f.write.ifDead)} {
		r = r<<8 | uint64(b)
	}
	return r
}

func one(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// fly puts a copy in the air. It reports false if there is no room.
func (s *State) fly(f flight) bool {
	for i := range s.flying {
		if !s.flying[i].there {
			s.flying[i] = f
			return true
		}
	}
	return false
}

// orphan makes the copies that a slot waits for nobody's.
func (s *State) orphan(n, key int) {
	for i := range s.flying {
		if f := &s.flying[i]; f.waited && int(f.node) == n && int(f.key) == key {
			f.waited, f.doubled, f.node = false, false, 0
		}
	}
}
