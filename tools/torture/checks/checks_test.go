package checks

import (
	"slices"
	"testing"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// sec is a reading of the clock.
func sec(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// script is the log of a run in which w1 hands partition 0 over to w2, w2 is killed, and w1
// takes it back. It is written in the order of the events.
type script struct{ events []logbook.Event }

func (s *script) add(at float64, e logbook.Event) {
	e.From, e.To = sec(at), sec(at+0.01)
	s.events = append(s.events, e)
}

func (s *script) claim(at float64, kind logbook.Kind, process string, token uint64) {
	s.add(at, logbook.Event{
		Kind: kind, Process: process, Key: "0", Token: token, Session: "session of " + process,
		OK: kind == logbook.Granted || kind == logbook.Effect, Accepted: kind == logbook.Effect,
	})
}

func (s *script) renewed(at float64, process string) {
	s.add(at, logbook.Event{Kind: logbook.Renewed, Process: process, Session: "session of " + process, OK: true, Valid: 3 * time.Second})
}

func (s *script) write(at float64, process string, op logbook.StoreOp) {
	op.Kind = logbook.Write
	sent := op
	sent.Outcome, sent.Revision = "", ""
	s.add(at, logbook.Event{Kind: logbook.Op, Process: process, Key: "0", Op: &sent})
	op.Done = true
	s.add(at, logbook.Event{Kind: logbook.Op, Process: process, Key: "0", Op: &op})
	s.events[len(s.events)-1].To = sec(at + 0.01)
}

func (s *script) read(at float64, process, revision, session string, token uint64) {
	s.add(at, logbook.Event{Kind: logbook.Op, Process: process, Key: "0", Op: &logbook.StoreOp{
		Kind: logbook.Read, Done: true, Revision: revision, Claim: logbook.Claim{Session: session, Token: token},
	}})
}

// good is a run in which everything is as it should be.
func good() *History {
	s := &script{}
	s.renewed(0, "w1.1")
	s.renewed(0, "w2.1")
	s.write(0.1, "w1.1", logbook.StoreOp{ID: 1, Claim: logbook.Claim{Session: "session of w1.1", Token: 1}, Outcome: applied, Revision: "a"})
	s.claim(0.2, logbook.Granted, "w1.1", 1)
	s.add(0.25, logbook.Event{Kind: logbook.Loaded, Process: "w1.1", Key: "0", Token: 1, OK: true})
	s.claim(0.3, logbook.Effect, "w1.1", 1)
	s.add(0.4, logbook.Event{Kind: logbook.Saved, Process: "w1.1", Key: "0", Token: 1, OK: true, Position: 1})
	s.read(0.5, Observer, "a", "session of w1.1", 1)
	s.renewed(1, "w1.1")
	s.renewed(1, "w2.1")
	s.claim(1.1, logbook.Effect, "w1.1", 1)
	s.claim(1.2, logbook.Ended, "w1.1", 1)
	s.claim(1.3, logbook.Returned, "w1.1", 1)
	s.claim(1.4, logbook.Lost, "w1.1", 1)
	s.write(1.5, "w1.1", logbook.StoreOp{ID: 2, Expect: "a", Claim: logbook.Claim{Session: "session of w2.1", Token: 2}, Outcome: applied, Revision: "b"})
	s.read(1.6, "w2.1", "b", "session of w2.1", 2)
	s.claim(1.7, logbook.Granted, "w2.1", 2)
	s.add(1.75, logbook.Event{Kind: logbook.Loaded, Process: "w2.1", Key: "0", Token: 2, OK: true, Position: 1})
	s.claim(1.8, logbook.Effect, "w2.1", 2)
	s.claim(1.9, logbook.Checked, "w1.1", 1)
	s.read(2, Observer, "b", "session of w2.1", 2)
	s.renewed(2, "w1.1")
	s.renewed(3, "w1.1")
	// w2.1 was killed at 2.
	s.renewed(4, "w1.1")
	s.write(4.5, "w1.1", logbook.StoreOp{ID: 3, Expect: "b", IfDead: "session of w2.1", Claim: logbook.Claim{Session: "session of w1.1", Token: 3}, Outcome: applied, Revision: "c"})
	s.claim(4.6, logbook.Granted, "w1.1", 3)
	s.claim(4.7, logbook.Effect, "w1.1", 3)
	s.read(4.8, Observer, "c", "session of w1.1", 3)
	return &History{
		Events: s.events, Partitions: []string{"0"}, TTL: 3 * time.Second,
		Trust: func(valid time.Duration) time.Duration { return valid - 200*time.Millisecond },
	}
}

// find returns the IDs of the guarantees that are violated.
func find(h *History) []string {
	var ids []string
	for _, r := range All(h) {
		if len(r.Findings) > 0 && !slices.Contains(ids, r.ID) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func TestAll_FindsNothingInAGoodRun(t *testing.T) {
	t.Parallel()
	h := good()
	for _, r := range All(h) {
		if len(r.Findings) > 0 {
			t.Errorf("%s: %v", r.ID, r.Findings)
		}
		if r.Looked == 0 && r.ID[0] != 'L' { // there are no acts
			t.Errorf("%s looked at nothing", r.ID)
		}
	}
}

// Each row spoils a good run in one way. The guarantee must be found; others may be, too.
func TestAll_FindEachViolation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		want  string
		spoil func(s *script)
	}{
		"a token is given twice":          {"S1", func(s *script) { s.claim(1.75, logbook.Granted, "w3.1", 2) }},
		"a start with an older token":     {"S1", func(s *script) { s.claim(4.9, logbook.Granted, "w3.1", 1) }},
		"the store's token falls":         {"A1", func(s *script) { s.read(5, Observer, "d", "", 1) }},
		"Check after a larger start":      {"S2", func(s *script) { s.claim(1.75, logbook.Effect, "w1.1", 1) }},
		"Check after the store moved on":  {"S2", func(s *script) { s.claim(1.65, logbook.Effect, "w1.1", 1) }},
		"Check after the window":          {"S3", func(s *script) { s.claim(5, logbook.Effect, "w2.1", 2) }},
		"the context ends late":           {"S3", func(s *script) { s.claim(4.1, logbook.Ended, "w2.1", 2) }},
		"Check is nil again":              {"S4", func(s *script) { s.claim(1.95, logbook.Effect, "w1.1", 1) }},
		"a renewal after the window":      {"S4", func(s *script) { s.renewed(4.2, "w2.1") }},
		"OnLost twice":                    {"S5", func(s *script) { s.claim(1.45, logbook.Lost, "w1.1", 1) }},
		"OnLost without a return":         {"S5", func(s *script) { s.claim(3, logbook.Ended, "w2.1", 2); s.claim(3.1, logbook.Lost, "w2.1", 2) }},
		"a start beside its own callback": {"S5", func(s *script) { s.claim(4.9, logbook.Granted, "w1.1", 4) }},
		"it leaves without OnLost":        {"S5", func(s *script) { s.add(5, logbook.Event{Kind: logbook.Gone, Process: "w1.1"}) }},
		"a start that nobody confirmed":   {"S6", func(s *script) { s.claim(4.9, logbook.Granted, "w3.1", 9) }},
		"Check after giving up":           {"S6", func(s *script) { s.claim(1.505, logbook.Effect, "w1.1", 1) }},
		"a stale write is accepted":       {"S7", func(s *script) { s.claim(1.75, logbook.Effect, "w1.1", 1) }},
		"a write with a foreign token":    {"S7", func(s *script) { s.claim(1.85, logbook.Effect, "w1.1", 2) }},
		"a position is lost": {"A1", func(s *script) {
			s.add(4.65, logbook.Event{Kind: logbook.Loaded, Process: "w1.1", Key: "0", Token: 3, OK: true})
		}},
		"a position is saved late": {"A1", func(s *script) {
			s.add(1.78, logbook.Event{Kind: logbook.Saved, Process: "w1.1", Key: "0", Token: 1, OK: true, Position: 2})
		}},
		"taken from a live session": {"S8", func(s *script) {
			s.write(4.9, "w3.1", logbook.StoreOp{ID: 1, Expect: "c", Claim: logbook.Claim{Session: "session of w3.1", Token: 4}, Outcome: applied, Revision: "d"})
		}},
		"given up while it runs": {"S8", func(s *script) {
			s.write(4.9, "w1.1", logbook.StoreOp{ID: 4, Expect: "c", Claim: logbook.Claim{Token: 3}, Outcome: applied, Revision: "d"})
		}},
		"two writes of one revision": {"A1", func(s *script) {
			s.write(4.9, "w3.1", logbook.StoreOp{ID: 1, Expect: "b", Claim: logbook.Claim{Token: 4}, Outcome: applied, Revision: "d"})
		}},
		"an old value is read": {"A1", func(s *script) { s.read(4.9, "w3.1", "b", "session of w2.1", 2) }},
		"the dead are renewed": {"A1", func(s *script) { s.renewed(4.9, "w2.1") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := good()
			s := &script{h.Events}
			test.spoil(s)
			slices.SortStableFunc(s.events, func(a, b logbook.Event) int { return int(a.From - b.From) })
			h.Events = s.events
			if found := find(h); !slices.Contains(found, test.want) {
				t.Errorf("found %v, want %s", found, test.want)
			}
		})
	}
}

// What only looks like a violation, because messages were late or replies were lost.
func TestAll_AllowWhatStopsBringAbout(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(s *script){
		"a write that was under way while its sender was stopped": func(s *script) {
			s.add(1.15, logbook.Event{Kind: logbook.Effect, Process: "w1.1", Key: "0", Token: 1, OK: true}) // heard of last
		},
		"a check during which the claim passed on": func(s *script) {
			s.add(1.16, logbook.Event{Kind: logbook.Checked, Process: "w1.1", Key: "0", Token: 1, OK: true})
			s.events[len(s.events)-1].To = sec(1.9)
		},
		"a context that ended late in a process that was stopped": func(s *script) {
			s.add(3, logbook.Event{Kind: logbook.Late, Process: "w2.1"})
			s.events[len(s.events)-1].To = sec(8)
			s.claim(8, logbook.Ended, "w2.1", 2)
		},
		"a start that was over before it began": func(s *script) {
			s.events = slices.DeleteFunc(s.events, func(e logbook.Event) bool { return e.Token == 2 })
			s.add(4.9, logbook.Event{Kind: logbook.Granted, Process: "w2.1", Key: "0", Token: 2, Session: "session of w2.1"})
		},
		"a write without an answer that was applied": func(s *script) {
			s.write(4.85, "w1.1", logbook.StoreOp{ID: 4, Expect: "c", Claim: logbook.Claim{Session: "session of w1.1", Token: 5}, Outcome: unknown})
			s.read(4.9, Observer, "d", "session of w1.1", 5)
		},
		"a write without an answer that was not": func(s *script) {
			s.write(4.85, "w1.1", logbook.StoreOp{ID: 4, Expect: "c", Claim: logbook.Claim{Session: "session of w1.1", Token: 5}, Outcome: unknown})
			s.read(4.9, Observer, "c", "session of w1.1", 3)
		},
		"a write without an answer that was applied late": func(s *script) {
			s.write(4.85, "w1.1", logbook.StoreOp{ID: 4, Expect: "c", Claim: logbook.Claim{Session: "session of w1.1", Token: 5}, Outcome: unknown})
			s.read(4.9, Observer, "c", "session of w1.1", 3)
			s.read(5, Observer, "d", "session of w1.1", 5)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := good()
			s := &script{h.Events}
			spoil(s)
			h.Events = s.events
			if found := find(h); len(found) > 0 {
				t.Errorf("found %v, want nothing", found)
			}
		})
	}
}
