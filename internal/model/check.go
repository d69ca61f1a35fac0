package model

import (
	"fmt"
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
	e := &exploration{variant: v, index: map[State]int32{}, liveness: newLiveness(v.Rules)}
	verdict := e.run(limit)
	verdict.Variant, verdict.States, verdict.Took = v.Name, len(e.states), time.Since(began)
	return verdict
}

// exploration is a breadth-first search.
type exploration struct {
	variant  Variant
	liveness *liveness
	index    map[State]int32
	states   []State
	parent   []int32
}

func (e *exploration) add(s State, parent int) {
	if _, known := e.index[s]; known {
		return
	}
	e.index[s] = int32(len(e.states))
	e.states = append(e.states, s)
	e.parent = append(e.parent, int32(parent))
}

func (e *exploration) run(limit int) Verdict {
	e.add(initial(), -1)
	depth := 0
	for from := 0; from < len(e.states); depth++ {
		to := len(e.states)
		for i := from; i < to; i++ {
			if broken, last := e.visit(i); broken != "" {
				return Verdict{Depth: depth, Broken: broken, Trace: e.trace(i, last)}
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
func (e *exploration) visit(i int) (broken string, last []string) {
	if e.variant.judges(stuck) {
		if how := e.liveness.stuck(e.states[i]); how != "" {
			return stuck + ": " + how, nil
		}
	}
	x := &explorer{rules: e.variant.Rules, bounds: e.variant.Bounds}
	x.emit = func(t step, next State, what string) {
		if what != "" && e.variant.judges(what) && broken == "" {
			broken, last = what, []string{t.String()}
		}
		e.add(next, i)
	}
	x.successors(e.states[i])
	return broken, last
}

// judges reports whether a variant is judged by this invariant.
func (v Variant) judges(broken string) bool {
	return v.Judge == "" || strings.HasPrefix(broken, v.Judge)
}

// trace finds again what happened on the way to a state.
func (e *exploration) trace(i int, last []string) []string {
	var way []string
	for at := i; e.parent[at] >= 0; at = int(e.parent[at]) {
		found := false
		x := &explorer{rules: e.variant.Rules, bounds: e.variant.Bounds}
		x.emit = func(t step, next State, _ string) {
			if next == e.states[at] && !found {
				found = true
				way = append(way, t.String())
			}
		}
		x.successors(e.states[e.parent[at]])
	}
	slices.Reverse(way)
	return append(way, last...)
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
	return fmt.Sprintf("%-52s %9d %5d %7.1f  %s", v.Variant, v.States, v.Depth, v.Took.Seconds(), outcome)
}
