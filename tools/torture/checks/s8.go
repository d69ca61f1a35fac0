package checks

import (
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// S8: a partition moves only after the old owner's callbacks have returned, or after its
// session has died: who takes a claim from another session proves that session dead.
func S8(h *History) Result {
	r := Result{ID: "S8", About: "moves wait for the old owner"}
	ours := h.sessions()
	claims := map[string]logbook.Claim{} // by key and revision
	open := map[[2]string]map[uint64]time.Duration{}
	for _, l := range h.sorted() {
		at := [2]string{l.process, l.key}
		if open[at] == nil {
			open[at] = map[uint64]time.Duration{}
		}
		for _, e := range l.granted {
			open[at][l.token] = e.From
		}
	}
	lost := func(process, key string, token uint64, by time.Duration) bool {
		l := h.lives[id{process, key, token}]
		return l != nil && len(l.lost) > 0 && l.lost[0].From <= by
	}
	h.each(func(e logbook.Event) {
		op := e.Op
		if op.Done && (op.Kind != logbook.Write || op.Outcome == applied) {
			claims[e.Key+" "+op.Revision] = op.Claim
		}
		if op.Kind != logbook.Write || op.Done || !isPartition(e.Key) {
			return
		}
		before := claims[e.Key+" "+op.Expect]
		if before.Session == "" || before.Session == op.Claim.Session {
			return
		}
		r.Looked++
		if ours[before.Session] != e.Process {
			if op.IfDead != before.Session {
				r.violation(e.From, "%s takes partition %s from a session of %s without proof of its death", e.Process, e.Key, ours[before.Session])
			}
			return
		}
		for token, from := range open[[2]string{e.Process, e.Key}] {
			if from < e.From && !lost(e.Process, e.Key, token, e.From) {
				r.violation(e.From, "%s gives partition %s up while its callback of token %d runs", e.Process, e.Key, token)
			}
		}
	}, logbook.Op)
	return r
}
