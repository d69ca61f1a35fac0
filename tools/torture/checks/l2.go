package checks

import "fmt"

// L2: everybody counts: every live process has its share when the group is settled.
func L2(h *History) Result {
	r := Result{ID: "L2", About: "everybody counts"}
	if h.Acts.Settled == 0 || len(h.Acts.Live) == 0 {
		return r
	}
	least := len(h.Partitions) / len(h.Acts.Live)
	for _, process := range h.Acts.Live {
		r.Looked++
		if n := len(h.owned(h.Acts.Settled, process)); n < least {
			r.violation(h.Acts.Settled, "%s owns %d partitions, its share is %d", process, n, least)
		}
	}
	r.Figures = fmt.Sprintf("%d processes have at least %d of %d partitions", r.Looked, least, len(h.Partitions))
	return r
}
