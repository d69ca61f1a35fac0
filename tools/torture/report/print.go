// Package report shows what a torture run gave: a table, a picture, and one line.
package report

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/tenure-go/tenure/tools/torture/checks"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
	"github.com/tenure-go/tenure/tools/torture/rig"
)

// mostShown is how many violations of one guarantee are shown.
const mostShown = 5

// List prints the cases.
func List(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range nemesis.Cases {
		_, _ = fmt.Fprintf(t, "%s\t%s\n", c.Name, c.About)
	}
	_ = t.Flush()
}

// Print prints the report, draws the picture, and reports whether all is well.
func Print(w io.Writer, out *rig.Outcome, chart string) bool {
	faults(w, out)
	_, _ = fmt.Fprintln(w)
	table(w, out)
	v := Judge(out)
	if chart == "" {
		kind, _, _ := strings.Cut(out.Options.Backend, ":")
		chart = filepath.Join(os.TempDir(), fmt.Sprintf("tenure-torture-%s-%s-%d.svg", file(kind), out.Options.Case.Name, out.Options.Seed))
	}
	if err := os.WriteFile(chart, Timeline(out), 0o600); err != nil {
		v.Faults = append(v.Faults, err.Error())
	} else {
		_, _ = fmt.Fprintf(w, "\nwho owned what: %s\n", chart)
	}
	for _, line := range v.Notes {
		_, _ = fmt.Fprintf(w, "torture: %s\n", line)
	}
	again := fmt.Sprintf("BACKEND=%s SECONDS=%.0f SEED=%d CASE=%s", out.Options.Store(), out.Options.Length.Seconds(), out.Options.Seed, out.Options.Case.Name)
	if len(v.Faults) > 0 {
		_, _ = fmt.Fprintf(w, "torture: FAILED: %s (again: make torture %s)\n", strings.Join(v.Faults, "; "), again)
		return false
	}
	_, _ = fmt.Fprintf(w, "torture: ok, %s (again: make torture %s)\n", v.Summary, again)
	return true
}

// file makes the name of a store fit into that of a file.
func file(name string) string { return strings.Map(safe, name) }

func safe(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// faults prints what was done, and what was left out.
func faults(w io.Writer, out *rig.Outcome) {
	_, _ = fmt.Fprintln(w, "\nfaults:")
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	for _, s := range out.Spans {
		failed := ""
		if s.Failed != "" {
			failed = "not done: " + strings.ReplaceAll(s.Failed, "\n", "; ")
		}
		_, _ = fmt.Fprintf(t, "  %7.2f s\t%s\t%s\t%.2f s\t%.120s\n", (s.From - out.Began).Seconds(), s.Name, s.Whom, (s.To - s.From).Seconds(), failed)
	}
	_ = t.Flush()
	for _, line := range out.LeftOut {
		_, _ = fmt.Fprintln(w, "  "+line)
	}
}

// table prints each guarantee with what was looked at.
func table(w io.Writer, out *rig.Outcome) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range out.Results {
		word := "ok"
		switch {
		case len(r.Findings) > 0 && (out.Options.Case.Breach != "" || slices.Contains(out.Options.Case.Allowed, r.ID)):
			word = fmt.Sprintf("%d, expected", len(r.Findings))
		case len(r.Findings) > 0:
			word = fmt.Sprintf("%d VIOLATIONS", len(r.Findings))
		case r.Looked == 0:
			word = "not tried"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\tlooked at %d\t%s\n", r.ID, r.About, word, r.Looked, r.Figures)
	}
	_ = t.Flush()
	for _, r := range out.Results {
		found(w, out, r)
	}
}

func found(w io.Writer, out *rig.Outcome, r checks.Result) {
	for i, f := range r.Findings {
		if i == mostShown {
			_, _ = fmt.Fprintf(w, "  %s … and %d more\n", r.ID, len(r.Findings)-i)
			return
		}
		_, _ = fmt.Fprintf(w, "  %s at %.3f s: %s\n", r.ID, (f.At - out.Began).Seconds(), f.Text)
	}
}
