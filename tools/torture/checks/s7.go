package checks

import (
	"fmt"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// S7: fencing. The resource takes no write of an earlier owner after a later one began.
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
	r.Figures = fmt.Sprintf("%d late writes refused by the token", refused)
	return r
}
