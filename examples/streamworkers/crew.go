package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// crew is what the demo knows of its processes: by their events, not by asking
// the library.
type crew struct {
	mu        sync.Mutex
	processes map[string]*process
	starts    map[string][]event // by partition
	stops     map[string][]event
	changed   chan struct{} // closed and replaced at each change
}

func newCrew() *crew {
	return &crew{processes: map[string]*process{}, starts: map[string][]event{}, stops: map[string][]event{}, changed: make(chan struct{})}
}

// take notes an event of a worker.
func (c *crew) take(e event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e.Event {
	case "started":
		c.starts[e.Partition] = append(c.starts[e.Partition], e)
	case "stopped":
		c.stops[e.Partition] = append(c.stops[e.Partition], e)
	}
	c.change()
}

// change wakes those who wait. The caller holds mu.
func (c *crew) change() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// working returns the partitions that each present worker works on. The caller
// holds mu.
func (c *crew) working() map[string][]string {
	of := map[string][]string{}
	for _, name := range c.workers() {
		of[name] = nil
	}
	for partition, starts := range c.starts {
		last := slices.MaxFunc(starts, byToken)
		stopped := slices.ContainsFunc(c.stops[partition], func(e event) bool { return e.Token == last.Token })
		if _, present := of[last.Member]; present && !stopped {
			of[last.Member] = append(of[last.Member], partition)
		}
	}
	for _, partitions := range of {
		slices.SortFunc(partitions, func(a, b string) int {
			return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
		})
	}
	return of
}

func byToken(a, b event) int { return cmp.Compare(a.Token, b.Token) }

// workers returns the names of the workers that can take part. The caller holds mu.
func (c *crew) workers() []string {
	var names []string
	for name, p := range c.processes {
		if p.worker && !p.told && !p.away {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (c *crew) present() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.workers()
}

// String tells who works on what.
func (c *crew) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	of := c.working()
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, name+" has "+strings.Join(of[name], " "))
	}
	return strings.Join(parts, "; ")
}

// until waits until ok; it is called with mu held, after each change.
func (c *crew) until(ctx context.Context, what string, ok func() bool) error {
	for {
		c.mu.Lock()
		done, failed, changed := ok(), c.failed(), c.changed
		c.mu.Unlock()
		if done || failed != nil {
			return failed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w; now %v", what, context.Cause(ctx), c)
		}
	}
}

// failed returns an error if a process has ended that should not have. The
// caller holds mu.
func (c *crew) failed() error {
	for name, p := range c.processes {
		switch {
		case !p.ended:
		case p.err != nil && !p.killed:
			return fmt.Errorf("%s failed: %w", name, p.err)
		case p.worker && !p.told:
			return fmt.Errorf("%s ended by itself", name)
		}
	}
	return nil
}

// waitShared waits until the present workers work on all n partitions, in
// shares that differ by one at most.
func (c *crew) waitShared(ctx context.Context, n int) error {
	return c.until(ctx, "even shares", func() bool {
		total, least, most := 0, n, 0
		for _, partitions := range c.working() {
			total += len(partitions)
			least, most = min(least, len(partitions)), max(most, len(partitions))
		}
		return total == n && most-least <= 1
	})
}

// waitEnded waits until all processes have ended.
func (c *crew) waitEnded(ctx context.Context) error {
	return c.until(ctx, "the end of all processes", func() bool {
		for _, p := range c.processes {
			if !p.ended {
				return false
			}
		}
		return true
	})
}

// lastStart returns when a worker last started on a partition.
func (c *crew) lastStart() (last time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, starts := range c.starts {
		for _, e := range starts {
			if e.Time.After(last) {
				last = e.Time
			}
		}
	}
	return last
}

// end tells a worker to end.
func (c *crew) end(name string, signal syscall.Signal) error {
	return c.with(name, func(p *process) error {
		p.told, p.killed = true, signal == syscall.SIGKILL
		return p.cmd.Process.Signal(signal)
	})
}

// freeze stops a worker without its knowledge, and thaw lets it go on.
func (c *crew) freeze(name string) error {
	return c.with(name, func(p *process) error {
		p.away, p.frozen = true, time.Now()
		return suspend(p.cmd.Process)
	})
}

func (c *crew) thaw(name string) error {
	return c.with(name, func(p *process) error {
		p.away = false
		return resume(p.cmd.Process)
	})
}

// leave says that a worker cannot take part, and comeBack that it can again.
func (c *crew) leave(name string) error {
	return c.with(name, func(p *process) error { p.away = true; return nil })
}

func (c *crew) comeBack(name string) error {
	return c.with(name, func(p *process) error { p.away = false; return nil })
}

// with changes a process, and wakes those who wait.
func (c *crew) with(name string, do func(*process) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.change()
	return do(c.processes[name])
}

// verdict returns an error if a worker started on a partition before the one
// before it had stopped.
func (c *crew) verdict() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for partition, starts := range c.starts {
		slices.SortFunc(starts, byToken)
		for i, e := range starts[:len(starts)-1] {
			next := starts[i+1]
			stop := e.Time // one that was killed reports no stop
			if j := slices.IndexFunc(c.stops[partition], func(s event) bool { return s.Token == e.Token }); j >= 0 {
				stop = c.stops[partition][j].Time
			}
			// One that was frozen at work did nothing until it found that it had lost.
			if frozen := c.processes[e.Member].frozen; e.Time.Before(frozen) && frozen.Before(stop) {
				stop = frozen
			}
			if next.Token == e.Token || next.Time.Before(stop) {
				errs = append(errs, fmt.Errorf("partition %s: %s started with token %d before %s with token %d had stopped",
					partition, next.Member, next.Token, e.Member, e.Token))
			}
		}
	}
	return errors.Join(errs...)
}
