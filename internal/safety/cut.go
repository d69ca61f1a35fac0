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
	d, err := watchDeaths(ctx, client)
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
	cutReport(v, all, delays, d.slack())
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

// cutReport judges: Tenure must have stopped first, by more than the events of
// the server may have come late.
func cutReport(v *verdict, all []pairOfRuns, delays []time.Duration, slack time.Duration) {
	v.line("%-7s %5s | %11s %14s %14s | %16s %11s", "replies", "runs", "Tenure late", "least margin", "ended before", "concurrency late", "worst")
	for _, delay := range delays {
		var ours, theirs []time.Duration
		early, oursLate, theirsLate := 0, 0, 0
		for _, r := range all {
			if r.delay != delay {
				continue
			}
			if r.err != nil {
				v.fault("+%v: %v", delay, r.err)
				continue
			}
			ours, theirs = append(ours, r.ours.margin()), append(theirs, r.theirs.margin())
			if r.ours.margin() <= slack {
				oursLate++
				v.fault("+%v: Tenure stopped %v before the key was deleted, events are up to %v late; cut %v after it stopped",
					delay, r.ours.margin(), slack, r.cut.Sub(r.ours.stopped))
			}
			if r.theirs.margin() < 0 {
				theirsLate++
			}
			if r.ours.stopped.Before(r.cut) {
				early++
			}
		}
		if len(ours) == 0 {
			v.fault("+%v: no run", delay)
			continue
		}
		v.line("%-7s %5d | %11d %14s %14d | %16d %11s", "+"+delay.String(), len(ours), oursLate, seconds(slices.Min(ours)), early,
			theirsLate, seconds(max(0, -slices.Min(theirs))))
	}
	v.line("margin: from the end of the claim's context to the deletion of its key on the server; events up to %s late", seconds(slack))
	v.line("ended before: replies came so late that renewals were abandoned and the claim ended before the cut")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }
