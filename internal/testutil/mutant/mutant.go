// Package mutant compiles deliberately wrong versions of the library and runs
// tests on them, which must fail: a referee that sees nothing is worse than
// none.
package mutant

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Mutant is a deliberately wrong version of the library.
type Mutant struct {
	// Name says what is wrong.
	Name    string
	changes []change
}

// change replaces one piece of a file.
type change struct{ file, old, new string }

const (
	rule    = "membership/claim/rule.go"
	renewal = "membership/session.go"
)

// The mutants of the library.
var (
	DeadlineFromReply = Mutant{"deadline counted from the reply", []change{
		{renewal, "inc.window.extend(called+n.cfg.trust(renewal.ValidFor))", "inc.window.extend(n.cfg.Clock.Now()+n.cfg.trust(renewal.ValidFor))"},
	}}
	NoIfDead = Mutant{"no IfDead", []change{
		{rule, "write.IfDead = seen.Session", "_ = write"},
	}}
	NoMark = Mutant{"no high-water mark", []change{
		{rule, "s.Token, s.Mark, s.Revision = t, t, rev", "s.Token, s.Mark, s.Revision = t, 0, rev"},
	}}
	UnknownResumed = Mutant{"unknown read back and resumed", []change{
		{rule, "if seen.Revision == s.Pending.Expect {", "if false {"},
		{rule, "case seen.Token > s.Mark:", "case seen.Token >= s.Mark:"},
	}}
	LateRenewal = Mutant{"renewal after the window", []change{
		{renewal, "<-inc.ctx.Done()\n\t\t\treturn", "<-inc.ctx.Done()\n\t\t\tgo n.renew(inc, failed)\n\t\t\treturn"},
	}}
	HandOverTooEarly = Mutant{"handed over before the callback has returned", []change{
		{rule, "case !s.Draining || s.Busy || w.Keep:", "case !s.Draining || w.Keep:"},
		{"membership/slot.go", "(!s.state.Busy || s.abandon)", "true"},
	}}
)

// Caught plays the mutant to the named test of the calling package, in the
// folder of the test, and fails unless that test fails and prints a breach that
// matches the regular expression, as in "S2" or "S1|S2".
func Caught(t *testing.T, m Mutant, test, breach string) {
	t.Helper()
	root, err := filepath.Abs(moduleRoot(t))
	if err != nil {
		t.Fatal(err)
	}
	overlay := m.overlay(t, root)
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-short", "-timeout=120s", "-overlay="+overlay, "-run="+test+"$", ".")
	cmd.Env = append(os.Environ(), "TENURE_SEEDS=60")
	out, err := cmd.CombinedOutput()
	found := regexp.MustCompile(`(?m)^.*[: ] (` + breach + `) .*$`).Find(out)
	if err == nil || found == nil {
		t.Errorf("%s was not caught by %s: %v\n%s", m.Name, test, err, tail(string(out)))
		return
	}
	t.Logf("caught by %s: %s", test, strings.TrimSpace(string(found)))
}

// moduleRoot finds the folder of go.mod above the test's.
func moduleRoot(t *testing.T) string {
	t.Helper()
	for dir := "."; len(dir) < 64; dir = filepath.Join("..", dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("no go.mod above the test's folder")
	return ""
}

// overlay writes the mutated files and the overlay that puts them in place.
func (m Mutant) overlay(t *testing.T, root string) string {
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
			t.Fatalf("%s: %q stands %d times in %s, want once: bring the mutant up to date", m.Name, c.old, n, c.file)
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
