package checks

import (
	"fmt"

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
	r.Figures = fmt.Sprintf("from %d to %d partitions each; %.1f s of silence", least, most, (a.QuietTo - a.QuietFrom).Seconds())
	return r
}

func what(e logbook.Event) string {
	if e.Kind == logbook.Granted {
		return "a start of partition " + e.Key
	}
	return "a write of " + e.Key
}
