package timed

import (
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/internal/model"
)

// Check explores a variant until it breaks what is named for it, or anything
// if nothing is named, or until every state was seen.
func Check(v Variant) model.Verdict {
	began := time.Now()
	verdict := model.Verdict{Variant: v.Name}
	parent := map[State]State{}
	frontier := []State{initial(v.Rules)}
	parent[frontier[0]] = frontier[0]
	for ; len(frontier) > 0 && verdict.Broken == ""; verdict.Depth++ {
		var following []State
		for _, s := range frontier {
			v.Rules.next(s, func(m move, next State, broken string) {
				if broken != "" && verdict.Broken == "" && strings.HasPrefix(broken, v.Breaks) {
					verdict.Broken, verdict.Trace = broken, append(v.trace(parent, s), m.String())
				}
				if _, known := parent[next]; !known {
					parent[next] = s
					following = append(following, next)
				}
			})
		}
		frontier = following
	}
	verdict.States, verdict.Full, verdict.Took = len(parent), verdict.Broken == "", time.Since(began)
	return verdict
}

// trace goes the way to a state again.
func (v Variant) trace(parent map[State]State, s State) (lines []string) {
	var way []State
	for ; parent[s] != s; s = parent[s] {
		way = append(way, s)
	}
	slices.Reverse(way)
	at := initial(v.Rules)
	for _, to := range way {
		line := ""
		v.Rules.next(at, func(m move, next State, _ string) {
			if next == to && line == "" {
				line = m.String()
			}
		})
		lines, at = append(lines, line), to
	}
	return lines
}
