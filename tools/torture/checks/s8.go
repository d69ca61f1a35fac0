package checks

import (
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// S8: a partition moves only after the old owner's callbacks have returned, or after its
// session has died: who takes a claim from another session proves that session dead.
func S8(h *History) Result {
	r := Result{ID: "S8", About: "moves wait for the old owner"}
	ours, claims, lives := h.sessions(), shown{}, h.places()
	h.each(func(e logbook.Event) {
		claims.note(e)
		before := claims.expected(e)
		if e.Op.Kind != logbook.Write || e.Op.Done || before.Session == "" || before.Session == e.Op.Claim.Session || !isPartition(e.Key) {
			return
		}
		r.Looked++
		if owner := ours[before.Session]; owner != e.Process {
			if e.Op.IfDead != before.Session {
				r.violation(e.From, "%s takes partition %s from a session of %s without proof of its death", e.Process, e.Key, owner)
			}
			return
		}
		for _, l := range lives[place{e.Process, e.Key}] {
			if l.runs(e.From) {
				r.violation(e.From, "%s gives partition %s up while its callback of token %d runs", e.Process, e.Key, l.token)
			}
		}
	}, logbook.Op)
	return r
}

// shown is what the versions of claims say, by key and revision.
type shown map[[2]string]logbook.Claim

// note takes down what an answer of the store shows.
func (s shown) note(e logbook.Event) {
	if confirms(e.Op) {
		s[[2]string{e.Key, e.Op.Revision}] = e.Op.Claim
	}
}

// expected returns what the version says that a write expects.
func (s shown) expected(e logbook.Event) logbook.Claim { return s[[2]string{e.Key, e.Op.Expect}] }

// place is a partition in a process.
type place struct{ process, key string }

// places returns the lives of each.
func (h *History) places() map[place][]*life {
	all := map[place][]*life{}
	for _, l := range h.sorted() {
		at := place{l.process, l.key}
		all[at] = append(all[at], l)
	}
	return all
}

// runs reports whether the callback has begun by a reading, and OnLost has not.
func (l *life) runs(now time.Duration) bool {
	return len(l.granted) > 0 && l.granted[0].From <= now && (len(l.lost) == 0 || l.lost[0].From > now)
}
