package checks

import (
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// L1: what a dead process owned is taken over in time, and when the faults are over
// everything is owned again.
func L1(h *History) (r Result) {
	r = Result{ID: "L1", About: "takeover in time"}
	a := h.Acts
	defer func() { r.Figures += h.takeovers() }()
	if a.Calm == 0 {
		return r
	}
	r.Looked++
	if a.Settled == 0 {
		r.violation(a.Calm+a.Bound, "%v after the last fault the group was not settled", a.Bound)
		return r
	}
	settled := fmt.Sprintf("settled %.1f s after the last fault", (a.Settled - a.Calm).Seconds())
	if a.Crash == 0 {
		r.Figures = settled
		return r
	}
	var slowest time.Duration
	owned := h.owned(a.Crash, a.Crashed)
	for _, key := range owned {
		r.Looked++
		next := h.next(key, a.Crash)
		switch took := next - a.Crash; {
		case next == 0:
			r.violation(a.CrashTo, "partition %s of a killed owner was not taken within %v", key, a.CrashTo-a.Crash)
		case took > a.TakeBound:
			r.violation(next, "partition %s of a killed owner was taken after %.1f s; %v are allowed", key, took.Seconds(), a.TakeBound)
		default:
			slowest = max(slowest, took)
		}
	}
	r.Figures = fmt.Sprintf("%s; %d partitions of a killed owner taken within %.1f s", settled, len(owned), slowest.Seconds())
	return r
}

// takeovers says how long it took until what dead processes had owned was started again,
// whatever else was done to the others meanwhile.
func (h *History) takeovers() string {
	var all []time.Duration
	h.each(func(e logbook.Event) {
		for _, key := range h.owned(e.From, e.Process) {
			if next := h.next(key, e.From); next > 0 {
				all = append(all, next-e.From)
			}
		}
	}, logbook.Died)
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	return fmt.Sprintf("; of all %d after a death, beside other faults, the median %.1f s, 99 of 100 within %.1f s, the longest %.1f s",
		len(all), all[len(all)/2].Seconds(), all[(len(all)-1)*99/100].Seconds(), all[len(all)-1].Seconds())
}

// owned returns the partitions whose callback runs in a process at a reading.
func (h *History) owned(now time.Duration, process string) []string {
	var keys []string
	for _, l := range h.sorted() {
		if l.process == process && l.runs(now) {
			keys = append(keys, l.key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// next is when the partition was started next after a reading, 0 for never.
func (h *History) next(key string, after time.Duration) (at time.Duration) {
	h.each(func(e logbook.Event) {
		if e.Key == key && e.From > after && (at == 0 || e.From < at) {
			at = e.From
		}
	}, logbook.Granted)
	return at
}
