package redisquorum

import (
	"crypto/rand"
	"slices"

	"github.com/tenure-go/tenure/backends"
)

// This file is the decisions of the register, without input and output: what follows
// from the answers of a majority. The package documentation argues why it is safe.

// newest returns the accepted version with the largest ballot, nil if there is none,
// and whether a majority has accepted it. With as many votes as that and no version,
// none was ever chosen.
func newest(votes []*version, majority int) (top *version, chosen bool) {
	count := 0
	for _, v := range votes {
		switch {
		case v == nil:
		case top == nil || v.ballot > top.ballot:
			top, count = v, 1
		case v.ballot == top.ballot:
			count++
		}
	}
	return top, top == nil || count >= majority
}

// agreed returns the version that a majority has accepted, nil for none, and whether
// there is such agreement. Others may have accepted a newer one: that was not chosen
// yet when the answers of these were given.
func agreed(votes []*version, majority int) (*version, bool) {
	counts := map[ballot]int{}
	for _, v := range votes {
		b := ballot("")
		if v != nil {
			b = v.ballot
		}
		if counts[b]++; counts[b] >= majority {
			return v, true
		}
	}
	return nil, false
}

// verdict is what is known of an item.
type verdict uint8

const (
	open     verdict = iota // nothing yet
	proposed                // its own version was proposed and may be chosen
	applied
	conflict
	seen  // a reading item knows the version
	blind // its own version was proposed, and what became of it cannot be told any more
	alien // servers hold something else under the key, so that no majority votes
)

// item is one key of a call on its way through rounds.
type item struct {
	key     backends.Key
	reads   bool           // only wants to know the version
	mends   bool           // and to have it accepted by all that it reaches
	write   backends.Write // otherwise
	current *version       // what it has seen last, nil for no version
	verdict verdict
	own     string // the revision that it proposes, "" until it has
	base    string // the revision that its own follows, or none
	foreign bool   // in this round a server was found to hold something else under the key
}

// decide returns what to do about the newest version: a version to be accepted, nil if
// none need be, and the verdict once that is done. Only a chosen version may be the
// ground of a verdict, so one that is not is proposed again first.
func (i *item) decide(top *version, chosen bool) (*version, verdict) {
	again := top
	if chosen && !i.mends {
		again = nil
	}
	i.current = top
	switch {
	case i.reads:
		return again, seen
	case i.own != "":
		return i.reconcile(top, again)
	case !i.matches(top):
		return again, conflict
	}
	i.own, i.base = rand.Text(), idOf(top)
	return after(top, i.own, i.write.Delete, string(i.write.Value)), applied
}

// matches reports whether the write expects this version.
func (i *item) matches(top *version) bool {
	if top == nil || top.gone {
		return i.write.Expect == backends.Absent
	}
	return string(i.write.Expect) == top.revision
}

// reconcile finds out what became of a version that may have been accepted somewhere.
// The versions behind the newest one tell: the one that followed the base is either
// the item's own, or it took its place for ever.
func (i *item) reconcile(top, again *version) (*version, verdict) {
	if idOf(top) == i.base {
		return after(top, i.own, i.write.Delete, string(i.write.Value)), applied
	}
	if top == nil {
		return nil, blind // it was deleted since, and its tombstone dropped
	}
	switch next := top.successor(i.base); {
	case next == i.own, slices.Contains(top.before, i.own):
		return again, applied
	case next == "":
		return again, blind
	}
	return again, conflict
}

// peek uses a version that a majority was found to have accepted, without a promise:
// enough to see what is there, not to propose anything.
func (i *item) peek(v *version) {
	i.current = v
	switch {
	case i.reads:
		i.verdict = seen
	case i.own == "" && !i.matches(v):
		i.verdict = conflict
	case i.own != "" && idOf(v) != i.base:
		if _, found := i.reconcile(v, nil); found != blind {
			i.verdict = found
		}
	}
}

// accepted notes the result of an accept phase: how many servers have accepted, and
// whether others may have.
func (i *item) accepted(acks, majority int, maybe bool, v verdict) {
	switch {
	case acks >= majority:
		i.verdict = v
	case i.own == "":
	case acks > 0 || maybe:
		i.verdict = proposed
	case i.verdict == open:
		i.own, i.base = "", "" // no server has it or will, so it was never proposed
	}
}

// done reports whether the item needs no further round.
func (i *item) done() bool { return i.verdict != open && i.verdict != proposed }
