package checks

import (
	"cmp"
	"slices"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// S5: per partition and process: OnAcquire, its context ends, OnAcquire has returned,
// OnLost exactly once, and only then the next OnAcquire.
func S5(h *History) Result {
	r := Result{ID: "S5", About: "order of callbacks"}
	gone := map[string]bool{}
	h.each(func(e logbook.Event) { gone[e.Process] = true }, logbook.Gone)
	for _, l := range h.sorted() {
		r.Looked += len(l.granted)
		l.order(&r)
		if gone[l.process] && len(l.granted) > 0 && len(l.lost) == 0 {
			r.violation(l.granted[0].From, "%s has left without OnLost for partition %s, token %d", l.process, l.key, l.token)
		}
	}
	for at, lives := range h.places() {
		lives = slices.DeleteFunc(lives, func(l *life) bool { return len(l.granted) == 0 })
		slices.SortFunc(lives, func(a, b *life) int { return cmp.Compare(a.granted[0].From, b.granted[0].From) })
		for i, next := range lives {
			if i == 0 {
				continue
			}
			if before := lives[i-1]; len(before.lost) == 0 || before.lost[0].From > next.granted[0].From {
				r.violation(next.granted[0].From, "%s starts partition %s with token %d before OnLost of its token %d", at.process, at.key, next.token, before.token)
			}
		}
	}
	return r
}

// order checks one start by itself.
func (l *life) order(r *Result) {
	if len(l.granted)+len(l.ended)+len(l.returned)+len(l.lost) == 0 {
		return // only asked: a writer that invents tokens is a matter of S7
	}
	var last time.Duration
	missing := ""
	for _, step := range []struct {
		name string
		at   []time.Duration
	}{{"OnAcquire", times(l.granted)}, {"the end of its context", times(l.ended)}, {"its return", times(l.returned)}, {"OnLost", times(l.lost)}} {
		switch {
		case len(step.at) == 0:
			missing = step.name
			continue
		case len(step.at) > 1:
			r.violation(step.at[1], "%s: %s came %d times for partition %s, token %d", l.process, step.name, len(step.at), l.key, l.token)
		case missing != "":
			r.violation(step.at[0], "%s: %s for partition %s, token %d, without %s", l.process, step.name, l.key, l.token, missing)
		case step.at[0] < last:
			r.violation(step.at[0], "%s: %s for partition %s, token %d, came too early", l.process, step.name, l.key, l.token)
		}
		last = step.at[0]
	}
}
