package model

import (
	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// Variant is one exploration: rules within bounds.
type Variant struct {
	Name   string
	Rules  Rules
	Bounds Bounds
	// Judge is the only invariant that counts, "" for all.
	Judge string
	// Mutant says that the rules are broken on purpose and have to be caught.
	Mutant bool
	// AtLeast is how many states are known: fewer mean that the model has lost
	// something that the world can do.
	AtLeast int
}

// Small are the library's own rules within bounds for every test run.
func Small() []Variant {
	return []Variant{
		real("2 tokens, 1 session each, 1 in flight", 14_000, Bounds{Keys: 1, Tokens: 2, Sessions: 1, Flying: 1}),
		real("2 tokens, 1 session each, 2 in flight", 89_000, Bounds{Keys: 1, Tokens: 2, Sessions: 1, Flying: 2}),
	}
}

// Large are the library's own rules within bounds for minutes, the longest first.
func Large() []Variant {
	return []Variant{
		real("two keys, 1 token, 1 session each, 1 in flight", 2_000_000, Bounds{Keys: 2, Tokens: 1, Sessions: 1, Flying: 1}),
		real("2 tokens, 2 sessions each, 2 in flight", 1_000_000, Bounds{Keys: 1, Tokens: 2, Sessions: 2, Flying: 2}),
		real("3 tokens, 2 sessions each, 1 in flight", 1_000_000, Bounds{Keys: 1, Tokens: 3, Sessions: 2, Flying: 1}),
		real("2 tokens, 1 session, stuck callbacks, own rewrites", 300_000, Bounds{Keys: 1, Tokens: 2, Sessions: 1, Flying: 2, Abandon: true, Annotate: true}),
	}
}

func real(name string, atLeast int, b Bounds) Variant {
	return Variant{Name: name, Rules: library(), Bounds: b, AtLeast: atLeast}
}

// Mutants are broken rules. Each differs from the library's in one thing.
func Mutants() []Variant {
	b := Bounds{Keys: 1, Tokens: 3, Sessions: 2, Flying: 2}
	mutant := func(name, judge string, change func(*Rules)) Variant {
		v := Variant{Name: name, Rules: library(), Bounds: b, Judge: judge, Mutant: true}
		change(&v.Rules)
		return v
	}
	return []Variant{
		mutant("no mark: any claim that names me is adopted", tokenAgain, noMark),
		mutant("an unknown write is read back, the old token resumed", twoOwners, readBack),
		mutant("a holder is taken to be dead without proof", twoOwners, noProof),
		mutant("claims that name me are neither adopted nor given up", stuck, noAdopt),
		mutant("handed over before the callback has returned", twoOwners, earlyHandOver),
		mutant("a hand-over keeps the token", tokenAgain, sameToken),
		mutant("a busy key is started", twice, ignoreBusy),
		mutant("a new session forgets the old one's callbacks", twice, forgetBusy),
		mutant("a session dies while it is trusted", twoOwners, func(r *Rules) { r.DieTrusted = true }),
	}
}

func noMark(r *Rules) {
	r.Decide = func(me claim.Self, s claim.State, seen claim.Seen, w claim.Wish) (claim.State, claim.Action) {
		s.Mark = 0
		return claim.Decide(me, s, seen, w)
	}
}

func readBack(r *Rules) {
	r.Settle = func(me claim.Self, s claim.State, res backends.Result) (claim.State, claim.Action) {
		s, a := claim.Settle(me, s, res)
		if res.Outcome == backends.Unknown {
			s.Pending, s.Unsure = nil, false
		}
		return s, a
	}
	r.Decide = func(me claim.Self, s claim.State, seen claim.Seen, w claim.Wish) (claim.State, claim.Action) {
		if seen.Session == me.Session && seen.Token == s.Mark && s.Mark > 0 {
			s.Mark--
		}
		return claim.Decide(me, s, seen, w)
	}
}

func noProof(r *Rules) {
	r.Decide = func(me claim.Self, s claim.State, seen claim.Seen, w claim.Wish) (claim.State, claim.Action) {
		s, a := claim.Decide(me, s, seen, w)
		if a.Verb == claim.Send {
			a.Write.IfDead = ""
			s.Pending = &a.Write
		}
		return s, a
	}
}

func noAdopt(r *Rules) {
	r.Decide = func(me claim.Self, s claim.State, seen claim.Seen, w claim.Wish) (claim.State, claim.Action) {
		if seen.Session == me.Session && !s.Running && !s.Draining && s.Pending == nil {
			return s, claim.Action{}
		}
		return claim.Decide(me, s, seen, w)
	}
}

func earlyHandOver(r *Rules) {
	r.Continue = func(me claim.Self, s claim.State, w claim.Wish) (claim.State, claim.Action) {
		busy := s.Busy
		if s.Draining {
			s.Busy, w.Keep = false, false
		}
		s, a := claim.Continue(me, s, w)
		s.Busy = busy
		return s, a
	}
}

func sameToken(r *Rules) {
	lower := func(me claim.Self, s claim.State, a claim.Action) (claim.State, claim.Action) {
		if a.Verb != claim.Send {
			return s, a
		}
		rec, err := claim.Decode(a.Write.Value)
		if err == nil && rec.Session != "" && rec.Session != me.Session && rec.Token == s.Mark+1 {
			rec.Token--
			a.Write.Value = rec.Encode()
			s.Pending = &a.Write
		}
		return s, a
	}
	r.Continue = func(me claim.Self, s claim.State, w claim.Wish) (claim.State, claim.Action) {
		s, a := claim.Continue(me, s, w)
		return lower(me, s, a)
	}
}

func ignoreBusy(r *Rules) {
	r.Decide = func(me claim.Self, s claim.State, seen claim.Seen, w claim.Wish) (claim.State, claim.Action) {
		if !s.Running && !s.Draining {
			s.Busy = false
		}
		return claim.Decide(me, s, seen, w)
	}
}

func forgetBusy(r *Rules) {
	r.Ended = func(s claim.State) claim.State { return claim.State{Mark: s.Mark} }
}
