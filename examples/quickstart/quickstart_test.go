package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/membership"
)

// busyTTL is one that a busy machine keeps, with several processes on one file.
const busyTTL = 6 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(roleEnv) != "" {
		main() // one of the processes that a test has started
	}
	os.Exit(m.Run())
}

func TestRun_KeepsItsPromise(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			begun := time.Now()
			if err := run(t.Context(), options{}, newScreen(&out, terminal), membership.MonotonicClock()); err != nil {
				t.Error(err)
			}
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			last := lines[len(lines)-1]
			if !strings.HasPrefix(last, "12 of 12 partitions owned, 8 moves (minimum 8), 0 overlaps in ") {
				t.Errorf("last line: %s\n%s", last, out.String())
			}
			if got := strings.Contains(out.String(), "\x1b["); got != terminal {
				t.Errorf("terminal %v, but output with escape sequences: %v", terminal, got)
			}
		})
	}
}

// Real processes on a SQLite file, of which one is killed.
func TestRun_KeepsItsPromiseWithProcesses(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), options{processes: true, ttl: busyTTL}, newScreen(&out, false), membership.SystemClock()); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var owned, moves, minimum, overlaps, pieces int
	var takeover float64
	_, err := fmt.Sscanf(lines[len(lines)-1], "%d of 12 partitions owned, %d moves (minimum %d), %d overlaps in %d pieces of work, takeover %f s",
		&owned, &moves, &minimum, &overlaps, &pieces, &takeover)
	if err != nil || owned != partitionCount || moves != minimum || overlaps != 0 || pieces < 1000 || takeover < 0.5 {
		t.Errorf("%v, last line: %s\n%s", err, lines[len(lines)-1], out.String())
	}
	if !strings.Contains(out.String(), "kill -9 for cleo") || runtime.GOOS != "windows" && !strings.Contains(out.String(), "signal: killed") {
		t.Errorf("nobody was killed:\n%s", out.String())
	}
}

func TestRun_OnTheStoreThatItIsGiven(t *testing.T) {
	t.Parallel()
	address := "sqlite:" + t.TempDir() + "/quickstart.db?migrate=true"
	var out bytes.Buffer
	if err := run(t.Context(), options{backend: address, ttl: busyTTL}, newScreen(&out, false), membership.SystemClock()); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if !strings.Contains(out.String(), "the store is "+address) {
		t.Error(out.String())
	}
}

func TestRun_BadBackend(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]options{
		"belongs to one process": {backend: "memory:", processes: true},
		"knows no scheme":        {backend: "nothing://u:hunter2@h", processes: true},
		"no host behind the @":   {backend: "redis://u:hunter2@"},
	} {
		err := run(t.Context(), o, newScreen(&bytes.Buffer{}, false), membership.SystemClock())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %v, want %q", o, err, want)
		}
	}
}

func TestReferee_CountsOverlaps(t *testing.T) {
	t.Parallel()
	const good = "start a 1 7\npiece a 1 7\nplan 3 2 1\nstop a 1 7\nstart b 1 8\npiece b 1 8\nstart a 2 1\ndead a - 0\nstart b 2 2\n"
	for journal, want := range map[string]int{
		good:                                0,
		good + "start c 1 9\npiece c 1 9\n": 1, // b has not stopped
		good + "start c 1 9\npiece b 1 8\n": 2, // and works on
		good + "dead b - 0\npiece b 1 8\n":  1,
		good + "stop b 1 8\nstart c 1 8\n":  1, // no larger token
		good + "stop b 1 8\nstart c 1 9\nstop c 1 9\nstart b 1 8\n":         1,
		good + "stop b 1 8\nstart c 1 9\nstop b 1 8\nstart b 1 10\n":        1, // stopped twice
		good + "stop b 1 8\nstart c 1 9\npiece c 1 8\nstop c 1 9\n":         1,
		good + "stop b 1 8\nstart c 1 9\nstop c 1 9\nstart b 1 10\n":        0,
		good + "stop b 1 8\npiece b 1 8\nstart c 1 9\nstop c 1 9\n":         1, // after its end
		good + "dead b - 0\nstart c 1 9\nstart c 2 3\npiece c 2 3\n":        0,
		good + "dead a - 0\nstart c 1 9\npiece c 1 9\nplan 1 1 1\n":         1,
		strings.ReplaceAll(good, "b", "c") + "piece c 1 8\npiece c 2 2\n\n": -1,
		good + "start c":                 -1,
		good + "start c 1 nine\n":        -1,
		good + "what c 1 9\n":            -1,
		good + "plan 1 1\nstart c 1 9\n": -1,
	} {
		path := filepath.Join(t.TempDir(), "work")
		if err := os.WriteFile(path, []byte(journal), 0o600); err != nil {
			t.Fatal(err)
		}
		r, p, stop := newReferee(), &plans{}, make(chan struct{})
		close(stop)
		err := readJournal(path, r, p, stop)
		if overlaps, _, _ := r.verdict(); (err != nil) != (want < 0) || want >= 0 && overlaps != want {
			t.Errorf("%d overlaps, %v; want %d in\n%s", overlaps, err, want, journal)
		}
		if moves, minimum, placed := p.sum(); want >= 0 && (moves < 3 || minimum < 2 || placed < 1) {
			t.Errorf("plans %d %d %d", moves, minimum, placed)
		}
	}
}

func TestSumUp_FailsOnABrokenPromise(t *testing.T) {
	t.Parallel()
	good := ending{owned: partitionCount, starts: 16, moves: 4, minimum: 4, placed: 12}
	for want, test := range map[string]struct {
		overlaps int
		change   func(*ending)
	}{
		"":                        {0, func(*ending) {}},
		"worked on one partition": {1, func(*ending) {}},
		"more partitions moved":   {0, func(e *ending) { e.moves++ }},
		"had to":                  {0, func(e *ending) { e.starts++ }},
		"has no owner":            {0, func(e *ending) { e.owned-- }},
	} {
		e := good
		test.change(&e)
		s := &stage{referee: &referee{overlaps: test.overlaps}}
		err := s.sumUp(newScreen(&bytes.Buffer{}, false), e)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
