package model

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"
)

// Verdict is the outcome of one exploration.
type Verdict struct {
	Variant string
	States  int
	Depth   int
	Took    time.Duration
	// Broken says what broke, empty if nothing did. Trace leads to it on one of
	// the shortest ways.
	Broken string
	Trace  []string
	// Full says that every state within the bounds was seen.
	Full bool
}

// Check explores a variant. It stops at the first state that breaks something,
// or at limit states, 0 for no limit.
func Check(v Variant, limit int) Verdict {
	began := time.Now()
	e := &exploration{variant: v, rules: newOracle(v.Rules), index: map[uint64]int32{}, seed: maphash.MakeSeed(), liveness: newLiveness(v.Rules)}
	verdict := e.run(limit)
	verdict.Variant, verdict.States, verdict.Took = v.Name, len(e.states), time.Since(began)
	return verdict
}

// exploration is a breadth-first search.
type exploration struct {
	variant  Variant
	liveness *liveness
	rules    *oracle
	seed     maphash.Seed
	index    map[uint64]int32 // by hash; a taken place leads to the next one
	states   []State
	parent   []int32
}

// normal is the one of two worlds that differ only in the nodes' names.
func (e *exploration) normal(s State) (State, uint64) {
	twin := s.swapped()
	h, other := maphash.Comparable(e.seed, s), maphash.Comparable(e.seed, twin)
	if other < h {
		return twin, other
	}
	return s, h
}

func (e *exploration) add(s State, parent int) {
	s, at := e.normal(s)
	for ; ; at++ {
		i, taken := e.index[at]
		if !taken {
			break
		}
		if e.states[i] == s {
			return
		}
	}
	e.index[at] = int32(len(e.states))
	e.states = append(e.states, s)
	e.parent = append(e.parent, int32(parent))
}

func (e *exploration) run(limit int) Verdict {
	e.add(initial(), -1)
	depth := 0
	for from := 0; from < len(e.states); depth++ {
		to := len(e.states)
		for i := from; i < to; i++ {
			if broken := e.visit(i); broken != "" {
				lines := e.trace(i, &broken)
				return Verdict{Depth: len(lines), Broken: broken, Trace: lines}
			}
			if limit > 0 && len(e.states) >= limit {
				return Verdict{Depth: depth}
			}
		}
		from = to
	}
	return Verdict{Depth: depth - 1, Full: true}
}

// visit judges a state and adds its successors.
func (e *exploration) visit(i int) (broken string) {
	if e.variant.judges(stuck) {
		if how := e.liveness.stuck(e.states[i]); how != "" {
			return stuck + ": " + how
		}
	}
	e.from(e.states[i], func(_ step, next State, what string) {
		if what != "" && broken == "" && e.variant.judges(what) {
			broken = what
		}
		e.add(next, i)
	})
	return broken
}

// judges reports whether a variant is judged by this invariant.
func (v Variant) judges(broken string) bool {
	return v.Judge == "" || strings.HasPrefix(broken, v.Judge)
}

// trace goes the way to a state again, under one naming of the nodes, and one
// step further if it is that step which breaks something. It puts what broke in
// the same names.
func (e *exploration) trace(i int, broken *string) (lines []string) {
	var way []int
	for at := i; e.parent[at] >= 0; at = int(e.parent[at]) {
		way = append(way, at)
	}
	slices.Reverse(way)
	s := initial()
	for _, at := range way {
		var then *State
		e.from(s, func(t step, next State, _ string) {
			if normal, _ := e.normal(next); then == nil && normal == e.states[at] {
				then = &next
				lines = append(lines, t.String())
			}
		})
		s = *then
	}
	if how := e.liveness.stuck(s); how != "" && e.variant.judges(stuck) {
		*broken = stuck + ": " + how
		return lines
	}
	last := ""
	e.from(s, func(t step, _ State, what string) {
		if what != "" && last == "" && e.variant.judges(what) {
			last, *broken = t.String(), what
		}
	})
	return append(lines, last)
}

func (e *exploration) from(s State, emit func(step, State, string)) {
	x := &explorer{rules: e.rules, bounds: e.variant.Bounds, emit: emit}
	x.successors(s)
}

// String is the verdict's line of the table.
func (v Verdict) String() string {
	outcome := "holds"
	switch {
	case v.Broken != "":
		outcome = "breaks, " + v.Broken
	case !v.Full:
		outcome = "holds so far: stopped by the limit"
	}
	return fmt.Sprintf("%-54s %9d %5d %7.1f  %s", v.Variant, v.States, v.Depth, v.Took.Seconds(), outcome)
}
