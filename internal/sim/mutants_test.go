package sim

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mutant is a deliberately wrong version of the library.
type mutant struct {
	name    string
	changes []change
	test    string // that must catch it
	breach  string // what the referee must say
}

// change replaces one piece of a file.
type change struct{ file, old, new string }

const (
	rule    = "membership/claim/rule.go"
	renewal = "membership/session.go"
)

var mutants = []mutant{
	{
		name:    "deadline counted from the reply",
		changes: []change{{renewal, "inc.window.extend(called+n.cfg.trust(renewal.ValidFor))", "inc.window.extend(n.cfg.Clock.Now()+n.cfg.trust(renewal.ValidFor))"}},
		test:    "TestCutAtEveryPhaseOfARenewal", breach: "S2",
	},
	{
		name:    "no IfDead",
		changes: []change{{rule, "write.IfDead = seen.Session", "_ = write"}},
		test:    "TestATryWhileTheHolderLives", breach: "S2",
	},
	{
		name:    "no high-water mark",
		changes: []change{{rule, "s.Token, s.Mark, s.Revision = t, t, rev", "s.Token, s.Mark, s.Revision = t, 0, rev"}},
		test:    "TestSelfStabilisation", breach: "S1",
	},
	{
		name: "unknown read back and resumed",
		changes: []change{
			{rule, "if seen.Revision == s.Pending.Expect {", "if false {"},
			{rule, "case seen.Token > s.Mark:", "case seen.Token >= s.Mark:"},
		},
		test: "TestHandOverThatLandsLate", breach: "S1|S2",
	},
	{
		name:    "renewal after the window",
		changes: []change{{renewal, "<-inc.ctx.Done()\n\t\t\treturn", "<-inc.ctx.Done()\n\t\t\tgo n.renew(inc, failed)\n\t\t\treturn"}},
		test:    "TestSchedules", breach: "S4",
	},
	{
		name: "handed over before the callback has returned",
		changes: []change{
			{rule, "case !s.Draining || s.Busy || w.Keep:", "case !s.Draining || w.Keep:"},
			{"membership/slot.go", "(!s.state.Busy || s.abandon)", "true"},
		},
		test: "TestGiverDiesInMidMove", breach: "S1|S2|S5",
	},
}

// TestMutants shows that the referee sees what it is there for: each wrong
// version of the library is caught by the named test.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: each mutant is compiled and played")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants {
		t.Run(strings.ReplaceAll(m.name, " ", "_"), func(t *testing.T) {
			overlay := m.overlay(t, root)
			cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-short", "-timeout=120s", "-overlay="+overlay, "-run="+m.test+"$", ".")
			cmd.Env = append(os.Environ(), "TENURE_SEEDS=60")
			out, err := cmd.CombinedOutput()
			found := regexp.MustCompile(`(?m)^.*: (` + m.breach + `) .*$`).Find(out)
			if err == nil || found == nil {
				t.Errorf("%s was not caught by %s: %v\n%s", m.name, m.test, err, tail(string(out)))
				return
			}
			t.Logf("caught by %s: %s", m.test, strings.TrimSpace(string(found)))
		})
	}
}

// overlay writes the mutated files and the overlay that puts them in place.
func (m mutant) overlay(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	texts := map[string]string{}
	for _, c := range m.changes {
		text, ok := texts[c.file]
		if !ok {
			source, err := os.ReadFile(filepath.Join(root, c.file))
			if err != nil {
				t.Fatal(err)
			}
			text = string(source)
		}
		if n := strings.Count(text, c.old); n != 1 {
			t.Fatalf("%s: %q stands %d times in %s, want once: bring the mutant up to date", m.name, c.old, n, c.file)
		}
		texts[c.file] = strings.Replace(text, c.old, c.new, 1)
	}
	replace := map[string]string{}
	for file, text := range texts {
		mutated := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		write(t, mutated, []byte(text))
		replace[filepath.Join(root, file)] = mutated
	}
	spec, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	write(t, file, spec)
	return file
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func tail(s string) string { return s[max(0, len(s)-3000):] }
