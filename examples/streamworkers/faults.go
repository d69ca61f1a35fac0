package main

import (
	"context"
	"strings"
	"syscall"
	"time"
)

// takeover is how long it took until others worked on what a worker had owned.
type takeover struct {
	fault string
	took  time.Duration
}

// step is a part of the story.
type step func(ctx context.Context) error

// faults lets workers join and go in every way, one after the other.
func (d *demo) faults(ctx context.Context) (takeovers []takeover, err error) {
	take := func(fault, told string, do func() error) step {
		return func(ctx context.Context) error {
			took, err := d.take(ctx, told, do)
			takeovers = append(takeovers, takeover{fault, took})
			return err
		}
	}
	back := func(told string, do func() error) step {
		return func(ctx context.Context) error { return d.back(ctx, told, do) }
	}
	story := []step{
		func(ctx context.Context) error { return d.join(ctx, d.store, "anna", "bert", "carl") },
		take("kill -9", "kill -9 for anna: nobody is told, her session ends within the TTL", func() error { return d.crew.end("anna", syscall.SIGKILL) }),
		take("SIGTERM", "SIGTERM for bert: he hands over and leaves", func() error { return d.crew.end("bert", syscall.SIGTERM) }),
		func(ctx context.Context) error { return d.join(ctx, d.address(), "dora") },
		take("SIGSTOP", "SIGSTOP for carl: he does not know that time goes by", func() error { return d.crew.freeze("carl") }),
		back("SIGCONT for carl: he finds that he has lost, and joins again", func() error { return d.crew.thaw("carl") }),
	}
	if d.path != nil { // a file has no network
		story = append(story,
			take("network without answers", "the network of dora is silent: she has to stop by herself", func() error { d.path.Cut(); return d.crew.leave("dora") }),
			back("the network of dora is back: she joins again", func() error { d.path.Restore(); return d.crew.comeBack("dora") }))
	}
	for _, next := range story {
		if err := next(ctx); err != nil {
			return nil, err
		}
	}
	return takeovers, nil
}

// address is how dora reaches the store.
func (d *demo) address() string {
	if d.path == nil {
		return d.store
	}
	return d.path.Address
}

// join starts workers and waits until the partitions are shared out evenly.
func (d *demo) join(ctx context.Context, address string, names ...string) error {
	for _, name := range names {
		if err := startProcess(ctx, d.crew, name, "work", "-name", name, "-backend", address, "-group", d.group, "-dir", d.dir, "-ttl", d.ttl.String(), "-tied"); err != nil {
			return err
		}
	}
	return d.back(ctx, "joining: "+strings.Join(names, ", "), func() error { return nil })
}

// back does what brings a worker back, and waits until it has its share.
func (d *demo) back(ctx context.Context, told string, do func() error) error {
	d.say("%s", told)
	if err := do(); err != nil {
		return err
	}
	if err := d.crew.waitShared(ctx, demoPartitions); err != nil {
		return err
	}
	d.say("  %s", d.crew)
	return nil
}

// take does what takes a worker away, and returns how long it took until others
// worked on all that it owned.
func (d *demo) take(ctx context.Context, told string, do func() error) (time.Duration, error) {
	if err := sleep(ctx, time.Second); err != nil { // let it work
		return 0, err
	}
	d.say("%s", told)
	from := time.Now()
	if err := do(); err != nil {
		return 0, err
	}
	if err := d.crew.waitShared(ctx, demoPartitions); err != nil {
		return 0, err
	}
	took := d.crew.lastStart().Sub(from).Round(time.Millisecond)
	d.say("  %s; took %v", d.crew, took)
	return took, nil
}
