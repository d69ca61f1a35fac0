package checks

import (
	"fmt"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// L3: when nothing changes any more the numbers differ by at most one, and nothing is
// written but renewals. Positions that callbacks save are not the library's.
func L3(h *History) Result {
	r := Result{ID: "L3", About: "even, and then silence"}
	a := h.Acts
	if a.QuietTo == 0 {
		return r
	}
	least, most := len(h.Partitions), 0
	for _, process := range a.Live {
		n := len(h.owned(a.QuietFrom, process))
		least, most = min(least, n), max(most, n)
	}
	r.Looked += len(a.Live)
	if most-least > 1 {
		r.violation(a.QuietFrom, "the numbers of partitions differ: from %d to %d", least, most)
	}
	r.Figures = fmt.Sprintf("from %d to %d partitions each; %.1f s of silence", least, most, (a.QuietTo - a.QuietFrom).Seconds())
	if late := h.latest(a.QuietFrom-h.TTL, a.QuietTo); late > h.TTL/3 {
		// A session can be lost by that, and then there is work to do.
		r.Figures += fmt.Sprintf("; not judged: timers were late by %.1f s", late.Seconds())
		return r
	}
	h.each(func(e logbook.Event) {
		within := e.From >= a.QuietFrom && e.From < a.QuietTo
		isWrite := e.Kind == logbook.Wrote || e.Op != nil && e.Op.Kind == logbook.Write && !e.Op.Done
		if e.Kind == logbook.Granted || isWrite {
			r.Looked++
			if within {
				r.violation(e.From, "%s: %s in the quiet time", e.Process, what(e))
			}
		}
	}, logbook.Wrote, logbook.Op, logbook.Granted)
	return r
}

// latest is by how much a timer of any process was late within a time.
func (h *History) latest(from, to time.Duration) (worst time.Duration) {
	for _, spans := range h.late {
		for _, s := range spans {
			if s.to > from && s.from < to {
				worst = max(worst, s.to-s.from)
			}
		}
	}
	return worst
}

func what(e logbook.Event) string {
	if e.Kind == logbook.Granted {
		return "a start of partition " + e.Key
	}
	return "a write of " + e.Key
}
