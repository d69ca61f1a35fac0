package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/tools/torture/checks"
	"github.com/tenure-go/tenure/tools/torture/logbook"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
	"github.com/tenure-go/tenure/tools/torture/report"
	"github.com/tenure-go/tenure/tools/torture/rig"
)

// outcome is that of a run of a case in which the guarantees were violated once each.
func outcome(c nemesis.Case, violated ...string) *rig.Outcome {
	out := &rig.Outcome{
		Options: rig.Options{Backend: "some <store>", Case: c, Seed: 7, Length: time.Minute},
		Began:   time.Hour, Ended: time.Hour + time.Minute,
		Spans: []logbook.Span{{Name: "kill -9", Whom: "w1", From: time.Hour + time.Second, To: time.Hour + 2*time.Second}},
		History: &checks.History{Partitions: []string{"0"}, Events: []logbook.Event{
			{Kind: logbook.Granted, Process: "w1.1", Key: "0", Token: 1, From: time.Hour + time.Second},
			{Kind: logbook.Effect, Process: "w1.1", Key: "0", Token: 1, From: time.Hour + 2*time.Second, To: time.Hour + 2*time.Second, Accepted: true},
		}},
	}
	for _, id := range []string{"S1", "S2", "S7", "A1"} {
		r := checks.Result{ID: id, About: "something", Looked: 1}
		if slices.Contains(violated, id) {
			r.Findings = []checks.Finding{{At: time.Hour, Text: "it is wrong"}}
		}
		out.Results = append(out.Results, r)
	}
	return out
}

func TestJudge(t *testing.T) {
	t.Parallel()
	plain := nemesis.Case{Name: "plain"}
	broken := nemesis.Case{Name: "broken", Breach: "S2"}
	assumption := nemesis.Case{Name: "assumption", Assumption: "A4", Allowed: []string{"S2"}}
	takes := nemesis.Case{Name: "takes", Shows: nemesis.Takeovers}
	for name, test := range map[string]struct {
		out  *rig.Outcome
		want string // part of the faults, "" for none
	}{
		"all is well":                       {outcome(plain), ""},
		"a violation":                       {outcome(plain, "S2"), "S2 violated 1 times"},
		"the store broke its word":          {outcome(plain, "A1"), "A1 violated 1 times"},
		"what is broken was found":          {outcome(broken, "S2", "S7"), ""},
		"what is broken was not found":      {outcome(broken, "S7"), "the breach of S2 was not found"},
		"what an assumption allows":         {outcome(assumption, "S2"), ""},
		"what no broken assumption excuses": {outcome(assumption, "S7"), "S7 violated 1 times"},
		"the faults had no effect":          {outcome(takes), "nothing was tried"},
	} {
		faults := strings.Join(report.Judge(test.out).Faults, "; ")
		if test.want == "" && faults != "" || !strings.Contains(faults, test.want) {
			t.Errorf("%s: %q, want %q", name, faults, test.want)
		}
	}
	out := outcome(plain)
	out.Problems = []string{"the machine burns"}
	if faults := report.Judge(out).Faults; !slices.Contains(faults, "the machine burns") {
		t.Errorf("%q, want the problem of the run", faults)
	}
}

func TestPrint_EndsWithOneLineThatTellsHowToPlayItAgain(t *testing.T) {
	t.Parallel()
	for violated, want := range map[string]string{"": "torture: ok, 1 faults", "S2": "torture: FAILED: S2 violated"} {
		var text strings.Builder
		ok := report.Print(&text, outcome(nemesis.Case{Name: "plain"}, violated), t.TempDir()+"/chart.svg")
		lines := strings.Split(strings.TrimSpace(text.String()), "\n")
		last := lines[len(lines)-1]
		if ok != (violated == "") || !strings.HasPrefix(last, want) || !strings.Contains(last, "SEED=7 CASE=plain") {
			t.Errorf("%q: ok %v, last line %q; want %q", violated, ok, last, want)
		}
	}
}

func TestPrint_HidesPasswords(t *testing.T) {
	t.Parallel()
	out := outcome(nemesis.Case{Name: "plain"})
	out.Options.Backend = "postgres://user:hunter2@host/db"
	var text strings.Builder
	report.Print(&text, out, t.TempDir()+"/chart.svg")
	if strings.Contains(text.String()+string(report.Timeline(out)), "hunter2") {
		t.Error("the report shows a password")
	}
}

func TestTimeline_IsWellFormedAndShowsOwnersAndFaults(t *testing.T) {
	t.Parallel()
	picture := string(report.Timeline(outcome(nemesis.Case{Name: "plain"})))
	for decoder := xml.NewDecoder(strings.NewReader(picture)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"w1.1, token 1: 1.000 to 2.000 s", "kill -9 : 1.000 to 2.000 s", "some &lt;store&gt;"} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
}

func TestList_NamesEveryCase(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	report.List(&text)
	for _, c := range nemesis.Cases {
		if !strings.Contains(text.String(), c.Name) {
			t.Errorf("the list lacks %s", c.Name)
		}
	}
}
