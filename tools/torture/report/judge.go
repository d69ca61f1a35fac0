package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/tools/torture/logbook"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
	"github.com/tenure-go/tenure/tools/torture/rig"
)

// Verdict is what a run comes to.
type Verdict struct {
	Faults  []string // why it failed; none if it did not
	Notes   []string
	Summary string
}

// Judge says whether the run shows what its case is to show.
func Judge(out *rig.Outcome) Verdict {
	var v Verdict
	c := out.Options.Case
	found := map[string]int{}
	for _, r := range out.Results {
		found[r.ID] += len(r.Findings)
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		switch n := found[id]; {
		case n == 0 || id == c.Breach:
		case c.Breach != "":
			v.Notes = append(v.Notes, fmt.Sprintf("%s was violated %d times, too", id, n))
		case slices.Contains(c.Allowed, id):
			v.Notes = append(v.Notes, fmt.Sprintf("%s was violated %d times, as it may be while %s does not hold", id, n, c.Assumption))
		default:
			v.Faults = append(v.Faults, fmt.Sprintf("%s violated %d times", id, n))
		}
	}
	if c.Breach != "" && found[c.Breach] == 0 {
		v.Faults = append(v.Faults, fmt.Sprintf("the breach of %s was not found", c.Breach))
	}
	for _, s := range out.Spans {
		if s.Failed != "" && !isAct(s) {
			v.Notes = append(v.Notes, fmt.Sprintf("%s of %s was not done: %.200s", s.Name, s.Whom, s.Failed))
		}
	}
	v.Faults = append(v.Faults, out.Problems...)
	if missing := sign(out); missing != "" {
		v.Faults = append(v.Faults, missing)
	}
	v.Summary = summary(out, found)
	return v
}

// isAct reports whether a span is what was done after the faults.
func isAct(s logbook.Span) bool { return strings.HasPrefix(s.Name, rig.Act) }

// sign says what the faults did not bring about.
func sign(out *rig.Outcome) string {
	seen := map[string]int{}
	for _, e := range out.History.Events {
		if out.History.Acts.Calm > 0 && e.From > out.History.Acts.Calm {
			continue
		}
		switch {
		case e.Kind == logbook.Lost:
			seen[e.Note]++
		case e.Op != nil && e.Op.Kind == logbook.Write && e.Op.Outcome == backends.Applied.String() && e.Op.IfDead != "":
			seen["taken"]++
		}
	}
	switch c := out.Options.Case; {
	case c.Shows == nemesis.Takeovers && seen["taken"] == 0:
		return "no partition was taken over: nothing was tried"
	case c.Shows == nemesis.Handovers && seen["revoked"] == 0:
		return "no partition was handed over: nothing was tried"
	case c.Shows == nemesis.Keeps && seen["trust ended"]+seen["lost"] > 0:
		return fmt.Sprintf("%d claims were lost", seen["trust ended"]+seen["lost"])
	}
	return ""
}

// summary is one line about a run that went well.
func summary(out *rig.Outcome, found map[string]int) string {
	done, grants, writes, refused := 0, 0, 0, 0
	for _, s := range out.Spans {
		if s.Failed == "" && !isAct(s) {
			done++
		}
	}
	for _, e := range out.History.Events {
		switch e.Kind {
		case logbook.Granted:
			grants++
		case logbook.Effect:
			writes++
			if !e.Accepted {
				refused++
			}
		}
	}
	text := fmt.Sprintf("%d faults in %.0f s, %d starts, %d writes, %d overlaps, %d late writes refused, stale writes accepted from %d claims",
		done, (out.Ended - out.Began).Seconds(), grants, writes, found["S2"], refused, found["S7"])
	if breach := out.Options.Case.Breach; breach != "" {
		text = fmt.Sprintf("the breach of %s was found; %s", breach, text)
	}
	return text
}
