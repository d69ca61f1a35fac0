package rig

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/tools/torture/checks"
	"github.com/tenure-go/tenure/tools/torture/logbook"
	"github.com/tenure-go/tenure/tools/torture/worker"
)

const (
	observeEvery  = 150 * time.Millisecond
	observeWithin = time.Second // an answer that takes longer is not waited for
	progressEvery = 5 * time.Second
)

// observe reads the claims in the store all the time, past all faults of the network, and
// tells the log what they say.
func (r *run) observe(ctx context.Context, partitions []string) {
	var keys []backends.Key
	for _, p := range partitions {
		key, err := backends.NewKey("groups", r.order.Group, "claims", p)
		if err != nil {
			r.problem("the observer: %v", err)
			return
		}
		keys = append(keys, key)
	}
	for pause(ctx, observeEvery) == nil {
		within, cancel := context.WithTimeout(ctx, observeWithin)
		from := logbook.Now()
		records, err := r.direct.Read(within, keys...)
		to := logbook.Now()
		cancel()
		if err != nil {
			continue // the store is down: the faults say so
		}
		for _, record := range records {
			if e, ok := worker.Found(logbook.Read, record); ok {
				e.Process, e.From, e.To = checks.Observer, from, to
				r.book.Add(e)
			}
		}
	}
}

// progress prints a line now and then.
func (r *run) progress(ctx context.Context, began time.Duration) {
	for pause(ctx, progressEvery) == nil {
		owned := 0
		for i := range r.Partitions {
			if len(r.book.Running(fmt.Sprint(i))) > 0 {
				owned++
			}
		}
		var now []string
		spans := r.book.Spans()
		for _, s := range spans {
			if s.To == 0 {
				now = append(now, s.Name+" "+s.Whom)
			}
		}
		c := r.book.Counts()
		_, _ = fmt.Fprintf(r.Out, "torture: %3.0f s, %d of %d partitions run, %d starts, %d writes, %d late ones refused, %d faults; now: %s\n",
			(logbook.Now() - began).Seconds(), owned, r.Partitions, c.Grants, c.Effects, c.Refused, len(spans), strings.Join(now, ", "))
	}
}
