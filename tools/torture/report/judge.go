package report

import (
	"fmt"
	"slices"
	"strings"

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
		n := len(r.Findings)
		found[r.ID] += n
		switch {
		case n == 0 || r.ID == c.Breach:
		case slices.Contains(c.Allowed, r.ID):
			v.Notes = append(v.Notes, fmt.Sprintf("%s was violated %d times, as it may be while %s does not hold", r.ID, n, reason(c)))
		default:
			v.Faults = append(v.Faults, fmt.Sprintf("%s violated %d times", r.ID, n))
		}
	}
	if c.Breach != "" && found[c.Breach] == 0 {
		v.Faults = append(v.Faults, fmt.Sprintf("the breach of %s was not found", c.Breach))
	}
	for _, s := range out.Spans {
		if s.Failed != "" && !strings.HasPrefix(s.Name, "act") {
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

func reason(c nemesis.Case) string {
	if c.Assumption != "" {
		return c.Assumption
	}
	return "the workers are broken, which"
}

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
		case e.Op != nil && e.Op.Kind == logbook.Write && e.Op.Outcome == "applied" && e.Op.IfDead != "":
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
		if s.Failed == "" && !strings.HasPrefix(s.Name, "act") {
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
	text := fmt.Sprintf("%d faults in %.0f s, %d starts, %d writes, %d overlaps, %d late writes refused, %d stale ones accepted",
		done, (out.Ended - out.Began).Seconds(), grants, writes, found["S2"], refused, found["S7"])
	if breach := out.Options.Case.Breach; breach != "" {
		text = fmt.Sprintf("the breach of %s was found; %s", breach, text)
	}
	return text
}
