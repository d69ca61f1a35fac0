package mutants

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Verdict is what became of one mutant.
type Verdict struct {
	Mutant Mutant
	// Err is why it was not caught, nil if it was.
	Err error
	// Line is what the test said, one line of its output.
	Line string
	Took time.Duration
}

// limit is how long one test may take. A mutant that hangs the test is not
// caught: the test has to say what is wrong.
const limit = 3 * time.Minute

// Run compiles a mutant and runs the test that has to fail. root is the
// absolute path of the module.
func Run(ctx context.Context, root string, m Mutant) Verdict {
	began := time.Now()
	line, err := run(ctx, root, m)
	return Verdict{Mutant: m, Err: err, Line: line, Took: time.Since(began)}
}

func run(ctx context.Context, root string, m Mutant) (line string, err error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", fmt.Errorf("mutant %q: %w", m.Name, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-overlay="+overlay, "-o="+binary, "./"+m.Package)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("does not compile: %w\n%s", err, tail(out))
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	test := exec.CommandContext(ctx, binary, fmt.Sprintf("-test.short=%v", !m.Long), "-test.run=^"+m.Test+"$")
	test.Dir = filepath.Join(root, m.Package)
	test.Env = append(os.Environ(), "RAPID_NOFAILFILE=true") // it would write into the tree
	test.Env = append(test.Env, m.Env...)
	out, err := test.CombinedOutput()
	return caught(m, ctx.Err(), err, out)
}

// caught judges how the test ended, and picks what it said.
func caught(m Mutant, late, err error, out []byte) (line string, _ error) {
	said := regexp.MustCompile(`(?m)^.*(?:` + m.Says + `).*$`)
	failed := strings.Contains(string(out), "--- FAIL: "+m.Test)
	switch {
	case late != nil:
		return "", fmt.Errorf("%s did not end: %w\n%s", m.Test, late, tail(out))
	case err == nil:
		return "", fmt.Errorf("SURVIVES: %s passes\n%s", m.Test, tail(out))
	case !failed:
		return "", fmt.Errorf("%s did not fail by itself: %w\n%s", m.Test, err, tail(out))
	case m.Says != "" && !said.Match(out):
		return "", fmt.Errorf("%s failed and did not say %q\n%s", m.Test, m.Says, tail(out))
	case m.Says != "":
		return strings.TrimSpace(string(said.Find(out))), nil
	}
	return "", nil
}

// RunAll runs mutants, n at a time, and tells each verdict in the order of the
// mutants. It returns how many were not caught.
func RunAll(ctx context.Context, root string, all []Mutant, n int, tell func(Verdict)) (survivors int) {
	verdicts := make([]chan Verdict, len(all))
	slots := make(chan struct{}, n)
	var running sync.WaitGroup
	for i, m := range all {
		verdicts[i] = make(chan Verdict, 1)
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			verdicts[i] <- Run(ctx, root, m)
		})
	}
	defer running.Wait()
	for _, v := range verdicts {
		verdict := <-v
		if verdict.Err != nil {
			survivors++
		}
		tell(verdict)
	}
	return survivors
}

func tail(out []byte) string { return string(out[max(0, len(out)-3000):]) }
