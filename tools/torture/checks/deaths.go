package checks

import (
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// Deaths checks the store's word (A1): a session that was proven dead, or was closed, is
// never renewed.
func Deaths(h *History) Result {
	r := Result{ID: "A1", About: "the dead stay dead"}
	died := map[string]time.Duration{}
	note := func(session string, at time.Duration) {
		if old, ok := died[session]; session != "" && (!ok || at < old) {
			died[session] = at
		}
	}
	h.each(func(e logbook.Event) {
		switch {
		case e.Kind == logbook.Closed && e.OK:
			note(e.Session, e.To)
		case e.Kind == logbook.Op && e.Op.Kind == logbook.Write && e.Op.Outcome == applied:
			note(e.Op.IfDead, e.To)
		}
	}, logbook.Closed, logbook.Op)
	h.each(func(e logbook.Event) {
		at, dead := died[e.Session]
		r.Looked++
		if e.OK && dead && e.From > at {
			r.violation(e.From, "the store renewed a session of %s %.3f s after its death", e.Process, (e.From - at).Seconds())
		}
	}, logbook.Renewed)
	return r
}
