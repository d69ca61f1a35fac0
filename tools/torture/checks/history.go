package checks

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
	"github.com/tenure-go/tenure/tools/torture/worker"
)

// Observer is the process that reads the true state in the store.
const Observer = "observer"

// History is what happened in a run.
type History struct {
	Events     []logbook.Event // in the order in which the log heard of them
	Partitions []string
	TTL        time.Duration
	// Trust is how long a session may be trusted of what the store grants.
	Trust func(valid time.Duration) time.Duration
	// Acts are what was done after the faults had ended.
	Acts Acts

	lives map[id]*life
	late  map[string][]span // by process: when its timers were late
}

// Acts are what is done when the faults are over, each at a reading of the clock.
type Acts struct {
	Calm    time.Duration // all faults were over
	Settled time.Duration // every partition was owned, and evenly; 0 for never
	Bound   time.Duration // how long that may take
	Live    []string      // the processes at Settled

	QuietFrom, QuietTo time.Duration // nothing was done to anybody

	Crash     time.Duration // a process was killed
	Crashed   string
	CrashTo   time.Duration // until then others could take over
	TakeBound time.Duration

	Hang      time.Duration // a callback of a member that had to give up everything hung
	Hung      string        // its process
	HungKey   string
	HangTo    time.Duration // it was let go
	MoveBound time.Duration
}

// Finding is one violation.
type Finding struct {
	At   time.Duration
	Text string
}

// Result is what a check found.
type Result struct {
	ID, About string
	// Looked is how much was looked at. A check that looked at nothing shows nothing.
	Looked   int
	Findings []Finding
	Figures  string
}

func (r *Result) violation(at time.Duration, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{at, fmt.Sprintf(format, args...)})
}

// All runs every check.
func All(h *History) []Result {
	h.index()
	var results []Result
	for _, check := range []func(*History) Result{S1, S2, S3, S4, S5, S6, S7, S8, L1, L2, L3, L4, Linearizable, Memory} {
		r := check(h)
		slices.SortFunc(r.Findings, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Text, b.Text))
		})
		results = append(results, r)
	}
	return results
}

// id names one start of one partition in one process.
type id struct {
	process, key string
	token        uint64
}

func of(e logbook.Event) id { return id{e.Process, e.Key, e.Token} }

// life is one start of a partition from its grant on.
type life struct {
	id
	session  string
	granted  []logbook.Event
	ended    []logbook.Event
	returned []logbook.Event
	lost     []logbook.Event
	asked    []logbook.Event // Check was asked, with and without a write
}

type span struct{ from, to time.Duration }

// index sorts the events by what they are about.
func (h *History) index() {
	h.lives, h.late = map[id]*life{}, map[string][]span{}
	for _, e := range h.Events {
		switch e.Kind {
		case logbook.Late:
			h.late[e.Process] = append(h.late[e.Process], span{e.From, e.To})
		case logbook.Granted, logbook.Ended, logbook.Returned, logbook.Lost, logbook.Checked, logbook.Effect:
			l := h.lives[of(e)]
			if l == nil {
				l = &life{id: of(e), session: e.Session}
				h.lives[of(e)] = l
			}
			l.add(e)
		}
	}
}

func (l *life) add(e logbook.Event) {
	switch e.Kind {
	case logbook.Granted:
		l.granted = append(l.granted, e)
	case logbook.Ended:
		l.ended = append(l.ended, e)
	case logbook.Returned:
		l.returned = append(l.returned, e)
	case logbook.Lost:
		l.lost = append(l.lost, e)
	default:
		l.asked = append(l.asked, e)
	}
}

// sorted returns the lives in a fixed order.
func (h *History) sorted() []*life {
	all := make([]*life, 0, len(h.lives))
	for _, l := range h.lives {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b *life) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.token, b.token), cmp.Compare(a.process, b.process))
	})
	return all
}

// each calls f with the events of some kinds, in the order of the log.
func (h *History) each(f func(logbook.Event), kinds ...logbook.Kind) {
	for _, e := range h.Events {
		if slices.Contains(kinds, e.Kind) {
			f(e)
		}
	}
}

// awake is how much of the time from one reading to another the timers of a process ran
// in time.
func (h *History) awake(process string, from, to time.Duration) time.Duration {
	left := to - from
	for _, s := range h.late[process] {
		left -= max(0, min(to, s.to)-max(from, s.from))
	}
	return max(0, left)
}

// isPartition reports whether a key is that of a partition, not of the coordinator.
func isPartition(key string) bool { return key != worker.Coordinator }

func times(events []logbook.Event) []time.Duration {
	var all []time.Duration
	for _, e := range events {
		all = append(all, e.From)
	}
	return all
}
