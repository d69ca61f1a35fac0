package checks

import (
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// renewLate is how long after its window a renewal may be sent by a process whose timers
// are in time: the library looks at the window right before.
const renewLate = 100 * time.Millisecond

// S4: what was lost never becomes valid again, and a session whose window has ended is
// never renewed.
func S4(h *History) Result {
	r := Result{ID: "S4", About: "no resurrection"}
	for _, l := range h.sorted() {
		var refused time.Duration // Check answered an error before this
		for _, e := range l.asked {
			r.Looked++
			if !e.OK && (refused == 0 || e.To < refused) {
				refused = e.To
			}
		}
		for _, e := range l.asked {
			if e.OK && refused > 0 && e.From > refused {
				r.violation(e.From, "%s: Check for partition %s answers nil to token %d again, %.3f s after it refused it", l.process, l.key, l.token, (e.From - refused).Seconds())
				break
			}
		}
	}
	windows := h.windows()
	h.each(func(e logbook.Event) {
		w := windows[e.Session]
		if w == nil {
			return
		}
		r.Looked++
		if until := w.at(e.From); h.awake(e.Process, until, e.From) > renewLate {
			r.violation(e.From, "%s renews its session %.3f s after the trust window", e.Process, (e.From - until).Seconds())
		}
	}, logbook.Renewed)
	return r
}
