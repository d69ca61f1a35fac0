package checks

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// decideWithin is how long one claim may take to be decided.
const decideWithin = 10 * time.Second

// Linearizable checks the store's word (A1): the calls about each claim look like those
// to one register with compare-and-set. A write without an answer may have been applied
// at any time, or never.
func Linearizable(h *History) Result {
	r := Result{ID: "A1", About: "claims are linearizable"}
	undecided := 0
	byKey := histories(h.Events)
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		operations := byKey[key].operations()
		r.Looked += len(operations)
		switch porcupine.CheckOperationsTimeout(register, operations, decideWithin) {
		case porcupine.Illegal:
			r.violation(byKey[key].done[len(byKey[key].done)-1].To, "the calls about claim %s have no order that a register could have answered", key)
		case porcupine.Unknown:
			undecided++
		}
	}
	r.Figures = fmt.Sprintf("%d claims, %d not decided within %v", len(byKey), undecided, decideWithin)
	return r
}

// calls are those about one claim.
type calls struct {
	done []logbook.Event
	open map[[2]any]logbook.Event // writes without an answer, by process and ID
}

func histories(events []logbook.Event) map[string]*calls {
	byKey := map[string]*calls{}
	for _, e := range events {
		if e.Kind != logbook.Op || e.Op.Kind == logbook.List {
			continue // what a list shows of two claims may be of different instants
		}
		if byKey[e.Key] == nil {
			byKey[e.Key] = &calls{open: map[[2]any]logbook.Event{}}
		}
		byKey[e.Key].add(e)
	}
	return byKey
}

func (c *calls) add(e logbook.Event) {
	name := [2]any{e.Process, e.Op.ID}
	switch {
	case !e.Op.Done:
		c.open[name] = e
	case e.Op.Outcome == unknown: // stays open
	case e.Op.Outcome == notSent:
		delete(c.open, name)
	default:
		delete(c.open, name)
		c.done = append(c.done, e)
	}
}

// operations returns the history for porcupine.
func (c *calls) operations() []porcupine.Operation {
	clients := map[string]int{}
	client := func(process string) int {
		if _, ok := clients[process]; !ok {
			clients[process] = len(clients)
		}
		return clients[process]
	}
	var all []porcupine.Operation
	for _, e := range thin(c.done) {
		all = append(all, porcupine.Operation{ClientId: client(e.Process), Input: *e.Op, Output: true, Call: int64(e.From), Return: int64(e.To)})
	}
	for _, e := range c.open {
		to := max(c.gone(e.Op.Expect, e.From), e.From+1)
		all = append(all, porcupine.Operation{ClientId: client(e.Process), Input: *e.Op, Output: false, Call: int64(e.From), Return: int64(to)})
	}
	return all
}

// forever is after every reading of the clock.
const forever = time.Duration(1 << 62)

// gone returns when a revision that somebody knew at a reading of the clock was surely not
// the present one any more. A revision never returns, so a write without an answer that
// expects it was applied before that, or never: it need not be tried later.
func (c *calls) gone(expect string, known time.Duration) time.Duration {
	gone := forever
	for _, e := range c.done {
		refused := e.Op.Outcome == conflict && e.Op.Expect == expect
		shows := e.From >= known && (e.Op.Kind == logbook.Read || e.Op.Outcome == applied) && e.Op.Revision != expect
		if refused || shows || e.Op.Outcome == applied && e.Op.Expect == expect {
			gone = min(gone, e.To)
		}
	}
	return gone
}

// thin leaves out reads in the middle of a row of reads by one process that found the
// same. That only makes the check weaker: no order becomes wrong by it.
func thin(events []logbook.Event) []logbook.Event {
	last := map[string]int{} // by process: its newest call
	keep := make([]bool, len(events))
	for i, e := range events {
		j, ok := last[e.Process]
		same := ok && e.Op.Kind == logbook.Read && events[j].Op.Kind == logbook.Read && events[j].Op.Revision == e.Op.Revision
		keep[i] = !same
		if ok && !same {
			keep[j] = true
		}
		last[e.Process] = i
	}
	for _, i := range last {
		keep[i] = true
	}
	var kept []logbook.Event
	for i, e := range events {
		if keep[i] {
			kept = append(kept, e)
		}
	}
	return kept
}
