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
	"github.com/tenure-go/tenure/internal/testutil/stands"
)

const demoPartitions = 12

// demoLimit bounds the whole story: each fault costs a TTL or two, and then the machine
// may be busy.
func demoLimit(ttl time.Duration) time.Duration { return 60*time.Second + 10*ttl }

// runDemo plays the whole story with real processes, on a real store.
func runDemo(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := newFlags("demo")
	// A group of its own: the positions that an earlier demo saved are not of these logs.
	d := &demo{out: log.New(out, "", 0), begun: time.Now(), crew: newCrew(), group: "demo-" + strings.ToLower(rand.Text()[:8])}
	flags.StringVar(&d.store, "backend", "etcd", "the store's `address`, where the records of the demo stay, or the name of one to start: "+strings.Join(stands.Names(), ", "))
	flags.IntVar(&d.lines, "generate", 0, "lines to produce, 0 for as many as the story lasts")
	flags.IntVar(&d.rate, "rate", 1000, "lines per second")
	flags.DurationVar(&d.ttl, "ttl", 0, "how long a crash can stay unnoticed, 0 for 5s or the store's least")
	_ = flags.Parse(args) // it exits

	dir, err := os.MkdirTemp("", "streamworkers-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d.dir = filepath.Join(dir, "logs")
	if !strings.Contains(d.store, ":") {
		stand, startErr := stands.Start(ctx, d.store)
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, stand.Close()) }()
		d.say("%s runs", d.store)
		d.store = stand.Address
	}
	backend, closeStore, err := openStore(ctx, d.store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	d.backend = backend
	if d.ttl == 0 {
		d.ttl = max(5*time.Second, backend.Capabilities().MinTTL)
	}
	if d.lines == 0 {
		d.lines = d.rate * int(5*d.ttl/time.Second)
	}
	if path, pathErr := stands.NewPath(d.store); pathErr == nil { // a file has no network
		defer func() { err = errors.Join(err, path.Close()) }()
		d.path = path
	}
	d.say("the store is %s, the group %s", backendurl.Redact(d.store), d.group)
	defer d.crew.killAll()
	ctx, cancel := context.WithTimeout(ctx, demoLimit(d.ttl))
	defer cancel()
	return d.play(ctx)
}

// demo is one run of the story.
type demo struct {
	out         *log.Logger
	begun       time.Time
	crew        *crew
	store       string       // its address
	path        *stands.Path // dora's to the store, nil for a file
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
	takeovers, err := d.faults(ctx)
	if err != nil {
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
	d.out.Printf("\nuntil others worked on all that a worker had owned (TTL %v):", d.ttl)
	for _, t := range takeovers {
		d.out.Printf("  %-22s %8v", t.fault, t.took)
	}
	d.out.Printf("%v", found)
	return d.crew.verdict()
}

// stopAll asks the workers that are left to stop, and waits until they have.
func (d *demo) stopAll(ctx context.Context) error {
	for _, name := range d.crew.present() {
		if err := d.crew.end(name, syscall.SIGTERM); err != nil {
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
