package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/everystore"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// env makes a program a worker; its value is an Order.
const env = "TENURE_TORTURE_WORKER"

// leaveWithin is how long a worker that was told to stop may take to hand over.
const leaveWithin = 8 * time.Second

// Order is what a worker is told.
type Order struct {
	Socket     string // of the log
	Address    string // of the store
	Process    string // unique
	Name       string // of the member
	Group      string
	Partitions int
	TTL        time.Duration
	Broken     Broken
}

// Broken is a way in which a worker is broken on purpose.
type Broken string

// The ways.
const (
	// Deaf: it takes no notice of Check and of its context, and writes on.
	Deaf Broken = "deaf"
	// Tokenless: it is deaf, and sends the largest token that there is.
	Tokenless Broken = "tokenless"
	// SlowClock: its clock goes at half the rate, far beyond ClockError.
	SlowClock Broken = "slow clock"
)

// Command returns the command that runs this program as a worker.
func (o Order) Command() (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), env+"="+string(text))
	return cmd, nil
}

// Main runs a worker and exits if this process is to be one; else it returns at once.
func Main() {
	text, ok := os.LookupEnv(env)
	if !ok {
		return
	}
	var o Order
	err := json.Unmarshal([]byte(text), &o)
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = run(ctx, o)
		stop()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "worker %s: %v\n", o.Process, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run takes part in the group until ctx is done, or the log is gone.
func run(ctx context.Context, o Order) error {
	log, err := logbook.Dial(o.Socket, o.Process)
	if err != nil {
		return err
	}
	go func() { // ends with the process: without its log it must not go on
		<-log.Done()
		os.Exit(1)
	}()
	go beat(ctx, log)
	store, closeStore, err := open(ctx, o.Address)
	if err != nil {
		return err
	}
	defer func() { _ = closeStore() }()
	rec := &recorder{Backend: store, log: log}
	node, err := membership.Join(ctx, rec, membership.Config{Name: o.Name, TTL: o.TTL, Clock: o.clock()})
	if err != nil {
		return err
	}
	log.Tell(logbook.Event{Kind: logbook.Joined, From: logbook.Now(), Note: o.Name})
	w := &worker{order: o, log: log, rec: rec}
	if err := w.takePart(ctx, node); err != nil {
		return err
	}
	leave, cancel := context.WithTimeout(context.Background(), leaveWithin)
	defer cancel()
	if err := node.Leave(leave); err != nil {
		return err
	}
	log.Ask(logbook.Event{Kind: logbook.Gone, From: logbook.Now()})
	return nil
}

// takePart takes part until ctx is done. It begins again when the store could not be
// reached at the beginning.
func (w *worker) takePart(ctx context.Context, node *membership.Node) error {
	for {
		err := partitions.Run(ctx, node, partitions.Config{
			Group: w.order.Group, Partitions: partitions.Count(w.order.Partitions), OnAcquire: w.acquire, OnLost: w.lost,
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, membership.ErrInvalidConfig), errors.Is(err, membership.ErrLeft):
			return err
		}
		if membership.Sleep(ctx, membership.MonotonicClock(), 100*time.Millisecond) != nil {
			return nil
		}
	}
}

// open tries until the store can be reached: a worker may be started while its network is
// cut or the store is down.
func open(ctx context.Context, address string) (backends.Backend, func() error, error) {
	for {
		store, closeStore, err := everystore.Open(ctx, address)
		if err == nil || errors.Is(err, backends.ErrInvalid) || ctx.Err() != nil {
			return store, closeStore, err
		}
		if err := membership.Sleep(ctx, membership.MonotonicClock(), 100*time.Millisecond); err != nil {
			return nil, nil, err
		}
	}
}

// The heart beats so often, and a beat that comes so late is told.
const (
	beatEvery = 10 * time.Millisecond
	beatLate  = 20 * time.Millisecond
)

// beat tells when timers of this process were late: it was stopped, or got no processor.
func beat(ctx context.Context, log *logbook.Client) {
	last := logbook.Now()
	for membership.Sleep(ctx, membership.MonotonicClock(), beatEvery) == nil {
		now := logbook.Now()
		if due := last + beatEvery; now-due > beatLate {
			log.Tell(logbook.Event{Kind: logbook.Late, From: due, To: now})
		}
		last = now
	}
}
