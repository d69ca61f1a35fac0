package checks

import (
	"fmt"
	"time"
)

// L4: a callback that hangs delays its own partition and no other: a member that has to
// give up everything gives up the others in time, and keeps the one.
func L4(h *History) Result {
	r := Result{ID: "L4", About: "one stuck callback"}
	a := h.Acts
	if a.Hang == 0 {
		return r
	}
	var slowest time.Duration
	for _, key := range h.owned(a.Hang, a.Hung) {
		r.Looked++
		next := h.next(key, a.Hang)
		switch took := next - a.Hang; {
		case key == a.HungKey && next != 0 && next < a.HangTo:
			r.violation(next, "partition %s was started elsewhere while its callback hung", key)
		case key == a.HungKey:
		case next == 0 || took > a.MoveBound:
			r.violation(a.Hang+a.MoveBound, "partition %s did not move within %v beside the one that hung", key, a.MoveBound)
		default:
			slowest = max(slowest, took)
		}
	}
	r.Figures = fmt.Sprintf("%d others moved within %.2f s", max(0, r.Looked-1), slowest.Seconds())
	return r
}
