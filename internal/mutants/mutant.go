package mutants

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Mutant is one wrong version of the library.
type Mutant struct {
	// Name says what is wrong.
	Name string
	// Holds is what it breaks: an ID of docs/guarantees.md, or "cost" for its
	// section of that name, or a clause of backends/doc.go.
	Holds string
	// Changes are what makes it wrong.
	Changes []Change
	// Package is the folder of the test that has to notice, Test its name.
	Package, Test string
	// Says is a regular expression that a line of the failed test's output must
	// match; empty if any failure will do.
	Says string
	// Env is added to the environment of the test.
	Env []string
	// Long says that the test does nothing with -short.
	Long bool
}

// Change replaces one piece of a file.
type Change struct{ File, Old, New string }

// All returns every mutant, in the order of the layers.
func All() []Mutant {
	all := slices.Concat(window(), claims(), keepers(), groups(), elections(), stores(), planner())
	return append(all, kit(all)...)
}

// Of returns the mutants that tests of one package catch.
func Of(folder string) []Mutant {
	return slices.DeleteFunc(All(), func(m Mutant) bool { return m.Package != folder })
}

// Apply returns the changed text of each file that the mutant changes. It is an
// error if a text does not stand exactly once in its file.
func (m Mutant) Apply(root string) (map[string]string, error) {
	texts := map[string]string{}
	for _, c := range m.Changes {
		text, ok := texts[c.File]
		if !ok {
			source, err := os.ReadFile(filepath.Join(root, c.File))
			if err != nil {
				return nil, fmt.Errorf("mutant %q: %w", m.Name, err)
			}
			text = string(source)
		}
		if n := strings.Count(text, c.Old); n != 1 {
			return nil, fmt.Errorf("mutant %q: %q stands %d times in %s, want once: bring the mutant up to date", m.Name, c.Old, n, c.File)
		}
		texts[c.File] = strings.Replace(text, c.Old, c.New, 1)
	}
	return texts, nil
}

// overlay writes the changed files into dir, and beside them the file that makes
// the go command read them in place of those in root. It returns the latter.
func (m Mutant) overlay(root, dir string) (string, error) {
	texts, err := m.Apply(root)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for file, text := range texts {
		changed := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
			return "", fmt.Errorf("mutant %q: %w", m.Name, err)
		}
		replace[filepath.Join(root, file)] = changed
	}
	spec, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("mutant %q: %w", m.Name, err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, spec, 0o600); err != nil {
		return "", fmt.Errorf("mutant %q: %w", m.Name, err)
	}
	return file, nil
}
