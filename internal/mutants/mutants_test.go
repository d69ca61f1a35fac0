package mutants

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// Each mutant still applies to the code as it is now, and the test that has to
// catch it is there.
func TestMutantsApply(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, m := range All() {
		if _, err := m.Apply(root); err != nil {
			t.Error(err)
		}
		if m.Name == "" || names[m.Name] {
			t.Errorf("a mutant needs a name of its own, %q has not", m.Name)
		}
		names[m.Name] = true
		if !declares(t, m.Package, m.Test) {
			t.Errorf("mutant %q: there is no %s in %s", m.Name, m.Test, m.Package)
		}
	}
	if len(names) < 25 {
		t.Errorf("%d mutants, at least 25 are promised", len(names))
	}
}

// Each guarantee that a mutant names is documented, and each promise about
// safety has a mutant.
func TestMutantsNameGuarantees(t *testing.T) {
	t.Parallel()
	broken := map[string]bool{}
	for _, m := range All() {
		broken[m.Holds] = true
		where, mark := "docs/guarantees.md", "### "+m.Holds+" "
		if clause, ok := strings.CutPrefix(m.Holds, "clause "); ok {
			where, mark = "backends/doc.go", "- "+clause+" "
		} else if m.Holds == "cost" {
			mark = "## Cost\n"
		}
		text, err := os.ReadFile(filepath.Join(root, where))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), mark) {
			t.Errorf("mutant %q breaks %q, which %s does not name", m.Name, m.Holds, where)
		}
	}
	for _, id := range []string{"S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"} {
		if !broken[id] {
			t.Errorf("no mutant breaks %s", id)
		}
	}
}

// What harms nobody survives, what does not compile is not caught, and a text
// that is gone is an error.
func TestRun_TellsASurvivor(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: each mutant is compiled")
	}
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ old, new, want string }{
		"harmless":          {"// nothing runs, and what", "// nothing runs; what", "SURVIVES"},
		"does not compile":  {"return State{Mark: s.Mark, Busy: s.Busy}", "return nil", "does not compile"},
		"out of date":       {"func Terminated(", "", "stands 0 times"},
		"caught":            {"return State{Mark: s.Mark, Busy: s.Busy}", "return State{Mark: s.Mark}", ""},
		"fails differently": {"return State{Mark: s.Mark, Busy: s.Busy}", "return State{Mark: s.Mark}", "did not say"},
	} {
		m := Mutant{Name: name, Changes: []Change{{ruleFile, test.old, test.new}}, Package: "membership/claim", Test: "TestEndedKeepsOnlyMarkAndBusy"}
		if test.want == "did not say" {
			m.Says = "something else"
		}
		got := Run(t.Context(), absolute, m)
		if (got.Err == nil) != (test.want == "") || got.Err != nil && !strings.Contains(got.Err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, got.Err, test.want)
		}
	}
}

// declares reports whether a test function stands in a test file of a folder.
func declares(t *testing.T, folder, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`(?m)^func ` + test + `\(t \*testing\.T\)`).Match(text) {
			return true
		}
	}
	return false
}
