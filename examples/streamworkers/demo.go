package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
)

const (
	demoPartitions = 12
	demoLimit      = 80 * time.Second
)

// runDemo plays the whole story with real processes, on a real etcd server or on the
// store that it is given.
func runDemo(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := newFlags("demo")
	// A group of its own: the positions that an earlier demo saved are not of these logs.
	d := &demo{out: log.New(out, "", 0), begun: time.Now(), crew: newCrew(), group: "demo-" + strings.ToLower(rand.Text()[:8])}
	flags.StringVar(&d.store, "backend", "", "the store's `address`; the records of the demo stay there (default: start an etcd)")
	flags.IntVar(&d.lines, "generate", 15000, "lines to produce")
	flags.IntVar(&d.rate, "rate", 1000, "lines per second")
	flags.DurationVar(&d.ttl, "ttl", 5*time.Second, "how long a crash can stay unnoticed")
	_ = flags.Parse(args) // it exits

	ctx, cancel := context.WithTimeout(ctx, demoLimit)
	defer cancel()
	dir, err := os.MkdirTemp("", "streamworkers-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d.dir = filepath.Join(dir, "logs")
	if d.store == "" {
		server, startErr := etcdserver.Start(ctx, etcdserver.Options{})
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, server.Close()) }()
		d.store = "etcd://" + server.Endpoints()[0]
		d.say("etcd runs")
	}
	backend, closeStore, err := openStore(ctx, d.store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	d.backend = backend
	d.say("the store is %s, the group %s", backendurl.Redact(d.store), d.group)
	defer d.crew.killAll()
	return d.play(ctx)
}

// demo is one run of the story.
type demo struct {
	out         *log.Logger
	begun       time.Time
	crew        *crew
	store       string // its address
	backend     backends.Backend
	group, dir  string
	lines, rate int
	ttl         time.Duration
}

func (d *demo) play(ctx context.Context) error {
	err := startProcess(ctx, d.crew, "producer", "produce", "-dir", d.dir, "-partitions", strconv.Itoa(demoPartitions),
		"-generate", strconv.Itoa(d.lines), "-rate", strconv.Itoa(d.rate))
	if err != nil {
		return err
	}
	d.say("the producer writes %d lines, %d per second, to %d partitions", d.lines, d.rate, demoPartitions)
	if err := d.waitLogs(ctx); err != nil {
		return err
	}
	if err := d.join(ctx, "anna", "bert", "carl"); err != nil {
		return err
	}
	killed, err := d.end(ctx, "anna", syscall.SIGKILL, "kill -9 for anna: nobody is told, her session ends within %v", d.ttl)
	if err != nil {
		return err
	}
	stopped, err := d.end(ctx, "bert", syscall.SIGTERM, "SIGTERM for bert: he hands over and leaves")
	if err != nil {
		return err
	}
	if err := d.join(ctx, "dora"); err != nil {
		return err
	}
	if err := d.crew.wait(ctx, "producer"); err != nil {
		return err
	}
	d.say("the producer has finished")
	found, err := d.waitCounted(ctx)
	if err != nil {
		return err
	}
	if err := d.stopAll(ctx); err != nil {
		return err
	}
	d.out.Printf("\n%v; takeover %v after kill -9 (TTL %v), %v after SIGTERM", found, killed, d.ttl, stopped)
	return d.crew.verdict()
}

// join starts workers and waits until the partitions are shared out evenly.
func (d *demo) join(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := startProcess(ctx, d.crew, name, "work", "-name", name, "-backend", d.store, "-group", d.group, "-dir", d.dir, "-ttl", d.ttl.String(), "-tied"); err != nil {
			return err
		}
	}
	d.say("joining: %s", strings.Join(names, ", "))
	if err := d.crew.waitShared(ctx, demoPartitions); err != nil {
		return err
	}
	d.say("  %s", d.crew)
	return nil
}

// end sends a signal to a worker, and returns how long it took until others
// worked on all that it owned.
func (d *demo) end(ctx context.Context, name string, signal syscall.Signal, format string, args ...any) (time.Duration, error) {
	if err := sleep(ctx, time.Second); err != nil { // let it work
		return 0, err
	}
	d.say(format, args...)
	from := time.Now()
	if err := d.crew.signal(name, signal); err != nil {
		return 0, err
	}
	if err := d.crew.waitShared(ctx, demoPartitions); err != nil {
		return 0, err
	}
	took := d.crew.lastStart().Sub(from).Round(time.Millisecond)
	d.say("  %s; took %v", d.crew, took)
	return took, nil
}

// stopAll asks the workers that are left to stop, and waits until they have.
func (d *demo) stopAll(ctx context.Context) error {
	for _, name := range d.crew.present() {
		if err := d.crew.signal(name, syscall.SIGTERM); err != nil {
			return err
		}
	}
	return d.crew.waitEnded(ctx)
}

// waitLogs waits until the producer has made its files.
func (d *demo) waitLogs(ctx context.Context) error {
	for {
		n, err := countLogs(d.dir)
		if err != nil || n == demoPartitions {
			return err
		}
		if err := sleep(ctx, lookAgain); err != nil {
			return err
		}
	}
}

// waitCounted waits until nothing is left to count, and proves the results.
func (d *demo) waitCounted(ctx context.Context) (proof, error) {
	for {
		found, err := verify(ctx, d.backend, d.dir, d.group)
		if err != nil {
			return found, err
		}
		if found.behind == 0 {
			if found.counted != int64(d.lines) {
				return found, fmt.Errorf("%v, but %d lines were produced", found, d.lines)
			}
			return found, nil
		}
		if err := sleep(ctx, lookAgain); err != nil {
			return found, fmt.Errorf("%v: %w", found, err)
		}
	}
}

// say prints one line of the timeline.
func (d *demo) say(format string, args ...any) {
	d.out.Printf("%5.1f s  %s", time.Since(d.begun).Seconds(), fmt.Sprintf(format, args...))
}
