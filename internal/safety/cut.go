package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	cutTTL     = 5 * time.Second
	cutDial    = 2 * time.Second
	cutTimeout = 90 * time.Second
)

// pairOfRuns is Tenure and concurrency.Session through one fault.
type pairOfRuns struct {
	delay        time.Duration
	ours, theirs outcome
	cut          time.Time
	err          error
}

// cutExperiment lets replies be late and then the network fall silent, at a
// random phase: does the process stop before the server lets go?
func cutExperiment(ctx context.Context, endpoint string, seed uint64, delays []time.Duration, runs int) *verdict {
	v := &verdict{name: fmt.Sprintf("cut: the network falls silent at a random phase, TTL %v", cutTTL)}
	ctx, cancel := context.WithTimeout(ctx, cutTimeout)
	defer cancel()
	client, err := dial(cutDial, endpoint)
	if err != nil {
		v.fault("%v", err)
		return v
	}
	defer func() { _ = client.Close() }()
	d, err := watchDeaths(ctx, client, "cut")
	if err != nil {
		v.fault("%v", err)
		return v
	}
	all := make([]pairOfRuns, len(delays)*runs)
	var wg sync.WaitGroup
	for i := range all {
		all[i].delay = delays[i/runs]
		wg.Go(func() { all[i].run(ctx, d, endpoint, seed, i) })
	}
	wg.Wait()
	cutReport(v, all, delays)
	return v
}

func (r *pairOfRuns) run(ctx context.Context, d *deaths, endpoint string, seed uint64, i int) {
	random := draws(seed, i)
	start, phase := upTo(random, cutTTL), upTo(random, 2*cutTTL)
	prefix := fmt.Sprintf("cut-%d", i)
	if r.err = pause(ctx, start); r.err != nil {
		return
	}
	a, err := ours(ctx, endpoint, prefix, cutTTL, cutDial)
	if err != nil {
		r.err = err
		return
	}
	defer a.close()
	b, err := theirs(ctx, endpoint, prefix, cutTTL, cutDial, false)
	if err != nil {
		r.err = err
		return
	}
	defer b.close()
	aDied, bDied := d.of(a.key), d.of(b.key)
	a.proxy.Delay(r.delay)
	b.proxy.Delay(r.delay)

	var both sync.WaitGroup
	var aErr, bErr error
	both.Go(func() { r.ours, aErr = a.watch(ctx, d, aDied) })
	both.Go(func() { r.theirs, bErr = b.watch(ctx, d, bDied) })
	r.err = pause(ctx, phase)
	r.cut = time.Now()
	a.proxy.Cut()
	b.proxy.Cut()
	both.Wait()
	r.err = errors.Join(r.err, aErr, bErr)
}

// cutReport judges: Tenure must have stopped first, whatever the events leave
// open.
func cutReport(v *verdict, all []pairOfRuns, delays []time.Duration) {
	v.line("%-7s %5s | %11s %14s %14s | %16s %11s", "replies", "runs", "Tenure late", "least margin", "ended before", "concurrency late", "worst")
	for _, delay := range delays {
		var margins, lates []time.Duration
		early, oursLate, theirsLate := 0, 0, 0
		for _, r := range all {
			switch {
			case r.delay != delay:
				continue
			case r.err != nil:
				v.fault("+%v: %v", delay, r.err)
				continue
			}
			margins, lates = append(margins, r.ours.atLeast()), append(lates, r.theirs.late())
			if r.ours.atLeast() <= 0 {
				oursLate++
				v.fault("+%v: Tenure stopped from %v before to %v after the deletion; it stopped %v after the cut",
					delay, -r.ours.late(), -r.ours.atLeast(), r.ours.stopped.Sub(r.cut))
			}
			if r.theirs.late() > 0 {
				theirsLate++
			}
			if r.ours.stopped.Before(r.cut) {
				early++
			}
		}
		if len(margins) == 0 {
			v.fault("+%v: no run", delay)
			continue
		}
		v.line("%-7s %5d | %11d %14s %14d | %16d %11s", "+"+delay.String(), len(margins), oursLate, seconds(slices.Min(margins)), early,
			theirsLate, seconds(max(0, slices.Max(lates))))
	}
	v.line("margin: from the end of the claim's context to the deletion of its key on the server, at least")
	v.line("ended before: replies came so late that renewals were abandoned and the claim ended before the cut")
	v.line("concurrency late: Session.Done after the deletion of its key; worst: by how much, at least")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }
