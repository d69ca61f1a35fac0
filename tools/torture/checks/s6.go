package checks

import (
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// S6: fail closed. A claim runs only after the store has confirmed that it names this
// process's session with this token, and never after a write that gives it up was sent,
// whatever became of that.
func S6(h *History) Result {
	r := Result{ID: "S6", About: "fail closed"}
	confirmed, given := map[id]time.Duration{}, map[id]time.Duration{}
	ours, claims := h.sessions(), shown{}
	h.each(func(e logbook.Event) {
		claims.note(e)
		now, before := e.Op.Claim, claims.expected(e)
		switch sent := e.Op.Kind == logbook.Write && !e.Op.Done; {
		case sent && ours[before.Session] == e.Process && now.Session != before.Session:
			earliest(given, id{e.Process, e.Key, before.Token}, e.From)
		case confirms(e.Op) && ours[now.Session] == e.Process:
			earliest(confirmed, id{e.Process, e.Key, now.Token}, e.To)
		}
	}, logbook.Op)
	for _, l := range h.sorted() {
		for _, e := range l.granted {
			r.Looked++
			if at, ok := confirmed[l.id]; !ok || at > e.From {
				r.violation(e.From, "%s starts partition %s with token %d, which the store has not confirmed", l.process, l.key, l.token)
			}
		}
		at, ok := given[l.id]
		for _, e := range l.asked {
			if ok && e.OK && e.From > at {
				r.violation(e.From, "%s: Check for partition %s answers nil to token %d, %.3f s after it was given up", l.process, l.key, l.token, (e.From - at).Seconds())
				break
			}
		}
	}
	return r
}

// confirms reports whether the call tells what the store has.
func confirms(op *logbook.StoreOp) bool {
	return op.Done && (op.Kind != logbook.Write || op.Outcome == applied)
}

func earliest(all map[id]time.Duration, key id, at time.Duration) {
	if old, ok := all[key]; !ok || at < old {
		all[key] = at
	}
}

// sessions tells which process opened a session.
func (h *History) sessions() map[string]string {
	ours := map[string]string{}
	h.each(func(e logbook.Event) { ours[e.Session] = e.Process }, logbook.Renewed)
	return ours
}
