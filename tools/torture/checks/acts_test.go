package checks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// acted is a run whose acts went well: w1 and w2 own three partitions each; w1 is killed at
// 20 s and w2 takes over; w2 has to give up everything at 30 s while its callback of
// partition 0 hangs until 40 s.
func acted() *History {
	s := &script{}
	h := &History{TTL: 3 * time.Second, Trust: func(d time.Duration) time.Duration { return d }}
	start := func(at float64, process, key string, token uint64) {
		s.add(at, logbook.Event{Kind: logbook.Granted, Process: process, Key: key, Token: token})
	}
	for i := range 6 {
		key := fmt.Sprint(i)
		h.Partitions = append(h.Partitions, key)
		start(1, fmt.Sprintf("w%d.1", 1+i%2), key, 1)
		if i%2 == 0 {
			start(23, "w2.1", key, 2)
		}
	}
	for i := range 6 {
		key, token := fmt.Sprint(i), uint64(2-i%2)
		at := 30.5
		if i == 0 {
			at = 40.5
		}
		s.add(at, logbook.Event{Kind: logbook.Lost, Process: "w2.1", Key: key, Token: token})
		start(at+0.1, "w3.1", key, 3)
	}
	h.Events = s.events
	h.Acts = Acts{
		Calm: sec(5), Settled: sec(8), Bound: sec(19), Live: []string{"w1.1", "w2.1"},
		QuietFrom: sec(10), QuietTo: sec(16),
		Crash: sec(20), Crashed: "w1.1", CrashTo: sec(24), TakeBound: sec(9),
		Hang: sec(30), Hung: "w2.1", HungKey: "0", HangTo: sec(40), MoveBound: sec(8),
	}
	return h
}

func liveness(h *History) []string {
	h.index()
	var ids []string
	for _, check := range []func(*History) Result{L1, L2, L3, L4} {
		r := check(h)
		if len(r.Findings) > 0 {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func TestLiveness_FindsNothingWhenTheActsWentWell(t *testing.T) {
	t.Parallel()
	h := acted()
	if ids := liveness(h); len(ids) > 0 {
		t.Errorf("found %v", ids)
	}
	for _, r := range []Result{L1(h), L2(h), L3(h), L4(h)} {
		if r.Looked == 0 {
			t.Errorf("%s looked at nothing", r.ID)
		}
	}
}

// On a machine that did not run the processes nothing can be said about silence.
func TestL3_DoesNotJudgeAMachineThatIsTooSlow(t *testing.T) {
	t.Parallel()
	h := acted()
	h.Events = append(h.Events, logbook.Event{Kind: logbook.Wrote, From: sec(12)}, logbook.Event{Kind: logbook.Late, Process: "w1.1", From: sec(11), To: sec(13)})
	h.index()
	if r := L3(h); len(r.Findings) > 0 || !strings.Contains(r.Figures, "not judged") {
		t.Errorf("%+v, want no finding, and that it was not judged", r)
	}
}

func TestLiveness_FindsEachViolation(t *testing.T) {
	t.Parallel()
	drop := func(h *History, key string, token uint64) {
		h.Events = slices.DeleteFunc(h.Events, func(e logbook.Event) bool {
			return e.Kind == logbook.Granted && e.Key == key && e.Token == token
		})
	}
	move := func(h *History, key string, token uint64, to float64) {
		for i, e := range h.Events {
			if e.Kind == logbook.Granted && e.Key == key && e.Token == token {
				h.Events[i].From = sec(to)
			}
		}
	}
	for name, test := range map[string]struct {
		want  string
		spoil func(*History)
	}{
		"never settled":                       {"L1", func(h *History) { h.Acts.Settled = 0 }},
		"one is not taken over":               {"L1", func(h *History) { drop(h, "2", 2); drop(h, "2", 3) }},
		"one is taken over late":              {"L1", func(h *History) { move(h, "2", 2, 29.9) }},
		"one owns too little":                 {"L2", func(h *History) { drop(h, "1", 1); drop(h, "3", 1) }},
		"numbers differ":                      {"L3", func(h *History) { drop(h, "1", 1); drop(h, "3", 1) }},
		"a write in the quiet time":           {"L3", func(h *History) { h.Events = append(h.Events, logbook.Event{Kind: logbook.Wrote, From: sec(12)}) }},
		"a start in the quiet time":           {"L3", func(h *History) { move(h, "2", 2, 12) }},
		"another waits for the one that hung": {"L4", func(h *History) { move(h, "2", 3, 41) }},
		"the one that hung runs elsewhere":    {"L4", func(h *History) { move(h, "0", 3, 35) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := acted()
			test.spoil(h)
			if ids := liveness(h); !slices.Contains(ids, test.want) {
				t.Errorf("found %v, want %s", ids, test.want)
			}
		})
	}
}
