package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"time"
)

const (
	stopTimeout = 4 * time.Minute
	// lookEvery is how often a pair looks whether its election goes on.
	lookEvery = 5 * time.Millisecond
)

// contrast pairs guard their writes only by a derived context, to show what
// Check is for. They are not judged.
const contrast = 2

// stopExperiment stops processes that lead (SIGSTOP) for up to three TTLs, while
// another candidate waits. A process that was stopped between asking Check and
// writing does write once more when it goes on: at most once for each stop, and
// the token keeps that write out.
func stopExperiment(ctx context.Context, endpoint string, seed uint64, pairs, stops int) *verdict {
	v := &verdict{name: fmt.Sprintf("stop: leaders are stopped for up to three TTLs (SIGSTOP), TTL %v", stopTTL)}
	if err := stopWorkers(ctx, v, endpoint, seed, pairs, stops); err != nil {
		v.fault("%v", err)
	}
	return v
}

func stopWorkers(ctx context.Context, v *verdict, endpoint string, seed uint64, pairs, stops int) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	client, err := dial(cutDial, endpoint)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	d, err := watchDeaths(ctx, client, "stop")
	if err != nil {
		return err
	}
	r, err := newResource(d)
	if err != nil {
		return err
	}
	defer func() { _ = r.listener.Close() }()

	errs := make([]error, pairs+contrast)
	seen := make([]tally, len(errs))
	var wg sync.WaitGroup
	for i := range errs {
		p := &pair{resource: r, election: fmt.Sprintf("job-%d", i), endpoint: endpoint, guard: guardCheck}
		if i >= pairs {
			p.guard = guardContext
		}
		wg.Go(func() {
			errs[i] = p.run(ctx, draws(seed, 1000+i), stops)
			seen[i] = r.tally(p)
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			v.fault("pair %d: %v", i, err)
		}
	}
	stopReport(v, seen[:pairs], seen[pairs:], pairs*stops)
	return nil
}

// pair is two workers that stand for one election.
type pair struct {
	resource *resource
	election string
	endpoint string
	guard    string
	workers  map[string]*exec.Cmd
}

// run starts the workers and stops the leading one again and again.
func (p *pair) run(ctx context.Context, random *rand.Rand, stops int) error {
	p.workers = map[string]*exec.Cmd{}
	defer p.kill()
	for _, side := range []string{"a", "b"} {
		if err := p.start(p.election + side); err != nil {
			return err
		}
	}
	for range stops {
		if err := p.written(ctx); err != nil {
			return err
		}
		if err := pause(ctx, upTo(random, stopTTL/3)); err != nil {
			return err
		}
		name, _ := p.resource.holder(p.election)
		process := p.workers[name].Process
		p.resource.stopped(p.election)
		if err := suspend(process); err != nil {
			return err
		}
		err := pause(ctx, upTo(random, 3*stopTTL))
		if err := resume(process); err != nil {
			return err
		}
		if err != nil {
			return err
		}
	}
	if err := p.written(ctx); err != nil {
		return err
	}
	return pause(ctx, time.Second) // the last one stopped may still write
}

func (p *pair) start(name string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	o := order{p.resource.listener.Addr().String(), p.endpoint, p.election, name, p.guard}
	cmd.Env = append(os.Environ(), workerEnv+"="+o.String())
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	p.workers[name] = cmd
	return nil
}

func (p *pair) kill() {
	for _, cmd := range p.workers {
		_ = cmd.Process.Kill() // ends a stopped process too
		_ = cmd.Wait()         // it was killed
	}
}

// written waits until somebody writes again.
func (p *pair) written(ctx context.Context) error {
	_, before := p.resource.holder(p.election)
	for {
		if name, now := p.resource.holder(p.election); name != "" && now > before {
			return nil
		}
		if err := pause(ctx, lookEvery); err != nil {
			return fmt.Errorf("nobody writes for %s: %w", p.election, err)
		}
	}
}

// tally is what the resource saw of one pair.
type tally struct{ stops, terms, accepted, late, refused, most, twice int }

func (r *resource) tally(p *pair) tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.election(p.election)
	t := tally{terms: e.terms, accepted: e.accepted, twice: len(e.twice)}
	for _, w := range e.workers {
		t.stops += w.stops
		t.late += w.total
		t.refused += w.refused
		t.most = max(t.most, w.most)
	}
	return t
}

func sum(all []tally) tally {
	var s tally
	for _, t := range all {
		s.stops += t.stops
		s.terms += t.terms
		s.accepted += t.accepted
		s.late += t.late
		s.refused += t.refused
		s.twice += t.twice
		s.most = max(s.most, t.most)
	}
	return s
}

func stopReport(v *verdict, checked, contexts []tally, want int) {
	for _, kind := range []struct {
		guard string
		tally
	}{{"Check", sum(checked)}, {"ctx.Err() of a derived context, for comparison", sum(contexts)}} {
		v.line("guarded by %s: %d stops, %d leaders, %d writes accepted", kind.guard, kind.stops, kind.terms, kind.accepted)
		v.line("   writes after the lease was over: %d, at most %d after one stop; %d of them refused by the token", kind.late, kind.most, kind.refused)
	}
	s := sum(checked)
	if s.stops != want {
		v.fault("%d stops, want %d", s.stops, want)
	}
	if s.terms <= len(checked) {
		v.fault("no stop led to another leader: nothing was tried")
	}
	if s.most > 1 {
		v.fault("%d writes passed Check after the lease was over, after one stop; at most 1 can have asked before it", s.most)
	}
	if s.twice > 0 {
		v.fault("%d writes had a token that another worker used", s.twice)
	}
}
