package checks

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// S2: Check answers nil for one partition in at most one process at any instant.
//
// A claim is over for good once a larger token was started anywhere, or was in the store:
// Check may answer nil to it only if it was asked before that.
func S2(h *History) Result {
	r := Result{ID: "S2", About: "one owner at a time"}
	larger := map[string]*rising{}
	h.each(func(e logbook.Event) {
		switch {
		case e.Kind == logbook.Granted:
			at(larger, e.Key).add(e.From, e.Token, "when "+e.Process+" had started")
		case e.Op != nil && confirms(e.Op):
			at(larger, e.Key).add(e.To, e.Op.Claim.Token, "when the store showed")
		}
	}, logbook.Granted, logbook.Op)
	for _, x := range larger {
		x.sort()
	}
	unclear, overlaps := 0, 0
	var longest time.Duration
	for _, l := range h.sorted() {
		var worst Finding
		n, least := 0, time.Duration(0)
		for _, e := range l.asked {
			if !e.OK {
				continue
			}
			r.Looked++
			x := at(larger, e.Key)
			if since, token, how := x.above(e.Token, e.From); token > 0 {
				n++
				if late := e.From - since; late > least || n == 1 {
					least = late
					worst = Finding{e.From, fmt.Sprintf("%s: Check for partition %s answers nil to token %d, %.3f s after %s %d", e.Process, e.Key, e.Token, late.Seconds(), how, token)}
				}
			} else if _, token, _ := x.above(e.Token, e.To); token > 0 {
				unclear++
			}
		}
		if n > 0 {
			overlaps++
			longest = max(longest, least)
			worst.Text += fmt.Sprintf(" (%d times)", n)
			r.Findings = append(r.Findings, worst)
		}
	}
	r.Figures = fmt.Sprintf("%d overlaps, the longest %.3f s; %d checks during which the claim passed on", overlaps, longest.Seconds(), unclear)
	return r
}

// rising is when larger tokens were seen first.
type rising struct{ marks []mark }

type mark struct {
	at    time.Duration
	token uint64
	how   string
}

func at(all map[string]*rising, key string) *rising {
	if all[key] == nil {
		all[key] = &rising{}
	}
	return all[key]
}

func (x *rising) add(at time.Duration, token uint64, how string) {
	x.marks = append(x.marks, mark{at, token, how})
}

// sort leaves the marks at which the token rose, in their order.
func (x *rising) sort() {
	slices.SortStableFunc(x.marks, func(a, b mark) int { return cmp.Compare(a.at, b.at) })
	kept := x.marks[:0]
	for _, m := range x.marks {
		if len(kept) == 0 || m.token > kept[len(kept)-1].token {
			kept = append(kept, m)
		}
	}
	x.marks = kept
}

// above returns the first mark with a larger token, if that was before the time; else 0.
func (x *rising) above(token uint64, before time.Duration) (since time.Duration, larger uint64, how string) {
	i, _ := slices.BinarySearchFunc(x.marks, token+1, func(m mark, t uint64) int { return cmp.Compare(m.token, t) })
	if i == len(x.marks) || x.marks[i].at >= before || token == ^uint64(0) {
		return 0, 0, ""
	}
	return x.marks[i].at, x.marks[i].token, x.marks[i].how
}
