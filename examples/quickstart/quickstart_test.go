package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/membership"
)

func TestRun_KeepsItsPromise(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			begun := time.Now()
			if err := run(t.Context(), newScreen(&out, terminal), membership.MonotonicClock()); err != nil {
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

func TestReferee_CountsOverlaps(t *testing.T) {
	r := newReferee()
	r.start("a", "1")
	r.piece("a", "1", 7)
	r.stop("a", "1")
	r.start("b", "1")
	r.piece("b", "1", 8)
	if overlaps, _, _ := r.verdict(); overlaps != 0 {
		t.Fatalf("%d overlaps in good order", overlaps)
	}
	r.start("c", "1")    // b has not stopped
	r.piece("b", "1", 8) // and works on
	r.piece("c", "1", 6) // under a smaller token
	if overlaps, _, _ := r.verdict(); overlaps != 3 {
		t.Errorf("%d overlaps, want 3", overlaps)
	}
}

func TestSumUp_FailsOnABrokenPromise(t *testing.T) {
	for want, s := range map[string]*stage{
		"worked on one partition": {referee: &referee{overlaps: 1}, plans: &plans{}},
		"more partitions moved":   {referee: &referee{}, plans: &plans{moves: 5, minimum: 4}},
		"had to":                  {referee: &referee{starts: 17}, plans: &plans{moves: 4, minimum: 4, placed: 12}},
	} {
		err := s.sumUp(newScreen(&bytes.Buffer{}, false), partitionCount)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	s := &stage{referee: &referee{}, plans: &plans{}}
	if err := s.sumUp(newScreen(&bytes.Buffer{}, false), partitionCount-1); err == nil {
		t.Error("a partition without owner is no error")
	}
}
