package checks

import (
	"fmt"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// S7: fencing. The resource takes no write of an earlier owner after a later one began,
// and a position that was saved is what the next owner loads.
func S7(h *History) Result {
	r := Result{ID: "S7", About: "no stale write is accepted"}
	granted, largest, refused, stale := map[id]bool{}, map[string]uint64{}, 0, map[id]int{}
	h.each(func(e logbook.Event) {
		if e.Kind == logbook.Granted {
			granted[of(e)] = true
			largest[e.Key] = max(largest[e.Key], e.Token)
			return
		}
		r.Looked++
		switch {
		case !e.Accepted:
			refused++
		case e.Token < largest[e.Key]:
			if stale[of(e)]++; stale[of(e)] == 1 {
				r.violation(e.From, "a write of %s to partition %s with token %d was accepted after %d had begun", e.Process, e.Key, e.Token, largest[e.Key])
			}
		case !granted[of(e)]:
			if stale[of(e)]++; stale[of(e)] == 1 {
				r.violation(e.From, "a write of %s to partition %s was accepted with token %d, which it was never given", e.Process, e.Key, e.Token)
			}
		}
	}, logbook.Granted, logbook.Effect)
	positions(h, &r)
	r.Figures = fmt.Sprintf("%d late writes refused by the token", refused)
	return r
}

// positions checks what was saved in the store under the tokens.
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
