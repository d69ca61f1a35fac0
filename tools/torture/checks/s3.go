package checks

import (
	"fmt"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

const (
	// timersLate is how late a context may end while the other timers of its process
	// are in time.
	timersLate = 200 * time.Millisecond
	// clockLook is how far the library's clock can be behind: it looks for a sleep of
	// the machine once per millisecond.
	clockLook = 2 * time.Millisecond
)

// S3: a context ends no later than the trust window plus the lateness of the process's
// timers, and Check answers nil never after the window.
func S3(h *History) Result {
	r := Result{ID: "S3", About: "work is told in time"}
	windows := h.windows()
	var worst, awake time.Duration
	for _, l := range h.sorted() {
		w := windows[l.session]
		if w == nil {
			continue
		}
		for _, e := range l.asked {
			if until := w.at(e.From); e.OK && e.From > until+clockLook {
				r.violation(e.From, "%s: Check for partition %s answers nil %.3f s after the trust window", l.process, l.key, (e.From - until).Seconds())
				break
			}
		}
		for _, e := range l.ended {
			r.Looked++
			until := w.at(e.From)
			late, ran := e.From-until, h.awake(l.process, until, e.From)
			if late <= 0 {
				continue
			}
			worst, awake = max(worst, late), max(awake, ran)
			if ran > timersLate {
				r.violation(e.From, "%s: the context of partition %s ended %.3f s after the trust window, of which its timers were in time for %.3f s", l.process, l.key, late.Seconds(), ran.Seconds())
			}
		}
	}
	r.Figures = fmt.Sprintf("contexts ended at most %.3f s after their window; %.3f s without the time in which the process was stopped or starved", worst.Seconds(), awake.Seconds())
	return r
}

// window is how long one session could be trusted, as it was extended.
type window struct {
	process string
	steps   []step
}

// step says that from the reading on the session was trusted until another.
type step struct{ from, until time.Duration }

// at is the end of the window as it was known at a reading.
func (w *window) at(now time.Duration) time.Duration {
	var until time.Duration
	for _, s := range w.steps {
		if s.from > now {
			break
		}
		until = s.until
	}
	return until
}

// windows follows the renewals by the rule of docs/guarantees.md: a reply counts from
// before its request was sent, and only if it comes while the window is open.
func (h *History) windows() map[string]*window {
	all := map[string]*window{}
	h.each(func(e logbook.Event) {
		w := all[e.Session]
		until := e.From + h.Trust(e.Valid)
		switch {
		case !e.OK:
		case w == nil:
			all[e.Session] = &window{e.Process, []step{{e.From, until}}}
		default:
			if last := w.steps[len(w.steps)-1].until; e.To < last+clockLook && until > last {
				w.steps = append(w.steps, step{e.To, until})
			}
		}
	}, logbook.Renewed)
	return all
}
