package checks

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// S1: every start has a token of its own, larger than that of every earlier start.
//
// A process can be stopped between taking a claim and starting it, and begin after its
// successor with a claim that is over by then. That is no violation unless Check answers
// nil to it: it is counted.
func S1(h *History) Result {
	r := Result{ID: "S1", About: "tokens are unique and rise"}
	starts := map[string][]logbook.Event{}
	h.each(func(e logbook.Event) { starts[e.Key] = append(starts[e.Key], e); r.Looked++ }, logbook.Granted)
	over := 0
	for _, list := range starts {
		slices.SortStableFunc(list, func(a, b logbook.Event) int { return cmp.Compare(a.From, b.From) })
		used, own := map[uint64]string{}, map[string]uint64{}
		var largest logbook.Event
		for _, e := range list {
			if who, ok := used[e.Token]; ok {
				r.violation(e.From, "%s starts partition %s with token %d, which %s had", e.Process, e.Key, e.Token, who)
			}
			if e.Token < own[e.Process] {
				r.violation(e.From, "%s starts partition %s with token %d after its own %d", e.Process, e.Key, e.Token, own[e.Process])
			}
			switch {
			case e.Token >= largest.Token:
				largest = e
			case e.OK:
				r.violation(e.From, "%s starts partition %s with token %d after %s had %d, and Check lets it", e.Process, e.Key, e.Token, largest.Process, largest.Token)
			default:
				over++
			}
			used[e.Token], own[e.Process] = e.Process, max(own[e.Process], e.Token)
		}
	}
	r.Figures = fmt.Sprintf("%d starts that were over before they began", over)
	return r
}
