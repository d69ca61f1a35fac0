package checks

import (
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// Memory checks the store's word (A1): a session that was proven dead, or was closed, is
// never renewed; a claim's token never falls; and a position that was saved is there.
func Memory(h *History) Result {
	r := Result{ID: "A1", About: "the store forgets nothing"}
	deaths(h, &r)
	tokens(h, &r)
	positions(h, &r)
	return r
}

func deaths(h *History, r *Result) {
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
}

// tokens looks at what the observer read.
func tokens(h *History, r *Result) {
	seen := map[string]uint64{}
	h.each(func(e logbook.Event) {
		if e.Process != Observer {
			return
		}
		if e.Op.Claim.Token < seen[e.Key] {
			r.violation(e.To, "the token of %s in the store went from %d back to %d", e.Key, seen[e.Key], e.Op.Claim.Token)
		}
		seen[e.Key] = e.Op.Claim.Token
		r.Looked++
	}, logbook.Op)
}

// positions looks at what was saved in the store under the tokens.
func positions(h *History, r *Result) {
	type mark struct {
		at              time.Duration
		token, position uint64
	}
	saved, loaded := map[string][]mark{}, map[string][]mark{}
	h.each(func(e logbook.Event) {
		switch {
		case !e.OK:
		case e.Kind == logbook.Saved:
			saved[e.Key] = append(saved[e.Key], mark{e.To, e.Token, e.Position})
		default:
			loaded[e.Key] = append(loaded[e.Key], mark{e.To, e.Token, e.Position})
		}
	}, logbook.Saved, logbook.Loaded)
	h.each(func(e logbook.Event) {
		if !e.OK {
			return
		}
		r.Looked++
		if e.Kind == logbook.Saved {
			for _, m := range loaded[e.Key] {
				if m.token > e.Token && m.at < e.From {
					r.violation(e.From, "%s saved the position of partition %s with token %d after %d had loaded it", e.Process, e.Key, e.Token, m.token)
					break
				}
			}
			return
		}
		for _, m := range saved[e.Key] {
			if m.token < e.Token && m.at < e.From && m.position > e.Position {
				r.violation(e.From, "%s loaded position %d of partition %s: %d was saved before", e.Process, e.Position, e.Key, m.position)
				break
			}
		}
	}, logbook.Saved, logbook.Loaded)
}
