package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/internal/everystore"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/tools/torture/checks"
	"github.com/tenure-go/tenure/tools/torture/logbook"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
	"github.com/tenure-go/tenure/tools/torture/worker"
)

// Options says what to run.
type Options struct {
	Backend    string // a store's name, or its address
	Case       nemesis.Case
	Seed       uint64
	Length     time.Duration // of the faults
	TTL        time.Duration
	Workers    int
	Partitions int
	Out        io.Writer // gets the plan and a line of progress now and then
}

// Store returns the store's name, or its address without secrets.
func (o Options) Store() string {
	if strings.Contains(o.Backend, ":") {
		return backendurl.Redact(o.Backend)
	}
	return o.Backend
}

// Outcome is what a run gave.
type Outcome struct {
	Options  Options       // with the TTL that the store took
	Began    time.Duration // readings of logbook.Now
	Ended    time.Duration
	Plan     []nemesis.Fault
	Spans    []logbook.Span
	History  *checks.History
	Results  []checks.Result
	LeftOut  []string
	Problems []string // of the run itself
}

type run struct {
	Options
	store   *store
	direct  backends.Backend // to the store without a fault
	book    *logbook.Book
	order   worker.Order
	dir     string
	members []*member
	turn    chan struct{} // holds one while a fault of servers is done

	freezes, namespaces bool // what each member gets

	mu     sync.Mutex // guards what follows
	number int        // of the newest member
	faults []string   // what is the matter with the run itself
}

// Run carries a run out. The error is of the run itself: what it found is in the outcome.
func Run(ctx context.Context, o Options) (out *Outcome, err error) {
	r := &run{Options: o, book: logbook.NewBook(), turn: make(chan struct{}, 1)}
	r.book.Open = o.Case.OpenResource
	if r.dir, err = os.MkdirTemp("", "tenure-torture-"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.dir)) }()
	if r.store, err = openStore(ctx, o.Backend, r.dir, o.Case); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.store.close()) }()
	direct, closeDirect, err := everystore.Open(ctx, r.store.address)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeDirect()) }()
	r.direct = direct
	service, err := logbook.Serve(filepath.Join(r.dir, "log"), r.book)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	defer func() { err = errors.Join(err, r.closeMembers()) }()
	return r.play(ctx)
}

func (r *run) play(ctx context.Context) (*Outcome, error) {
	out, err := r.prepare()
	if err != nil {
		return nil, err
	}
	if err := r.begin(); err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(ctx)
	var watchers sync.WaitGroup // they end with watching
	watchers.Go(func() { r.observe(watching, out.History.Partitions) })
	watchers.Go(func() { r.progress(watching, out.Began) })
	err = r.torture(ctx, out.Plan, &out.History.Acts)
	stop()
	watchers.Wait()
	if err != nil {
		return nil, err
	}
	out.History.Events = r.book.Events()
	out.Ended, out.Spans, out.Results, out.Problems = logbook.Now(), r.book.Spans(), checks.All(out.History), r.problems()
	return out, nil
}

// prepare plans the run and prints the plan.
func (r *run) prepare() (*Outcome, error) {
	r.TTL = max(r.TTL, r.direct.Capabilities().MinTTL, r.Case.LeastTTL)
	missing := r.store.abilities()
	can := func(k nemesis.Kind) bool { _, no := missing[k]; return !no }
	out := &Outcome{
		Options: r.Options, Began: logbook.Now(), LeftOut: leftOut(r.Case, missing),
		History: &checks.History{TTL: r.TTL, Trust: trust(r.TTL)},
	}
	for i := range r.Partitions {
		out.History.Partitions = append(out.History.Partitions, fmt.Sprint(i))
	}
	out.Plan = nemesis.Plan(nemesis.Options{
		Seed: r.Seed, Length: r.Length, TTL: r.TTL, Workers: r.Workers, Servers: len(r.store.servers), Case: r.Case, Can: can,
	})
	if len(out.Plan) == 0 {
		return nil, fmt.Errorf("no fault of the case %q can be done on %s in %v: %v", r.Case.Name, r.store.name, r.Length, out.LeftOut)
	}
	for _, f := range out.Plan {
		_, _ = fmt.Fprintf(r.Out, "planned: %v\n", f)
	}
	r.freezes = can(nemesis.Freeze)
	r.namespaces = slices.ContainsFunc(out.Plan, func(f nemesis.Fault) bool { return f.Kind == nemesis.Partition })
	r.order = worker.Order{
		Socket: filepath.Join(r.dir, "log"), Address: r.store.address, Group: filepath.Base(r.dir),
		Partitions: r.Partitions, TTL: r.TTL, Broken: r.Case.Broken,
	}
	return out, nil
}

// trust is the rule of docs/guarantees.md with the settings that a worker leaves alone.
func trust(ttl time.Duration) func(time.Duration) time.Duration {
	return func(valid time.Duration) time.Duration {
		return time.Duration(float64(valid)*(1-membership.DefaultClockError)) - ttl/20
	}
}

func (r *run) begin() error {
	for range r.Workers {
		m, err := r.add()
		if err != nil {
			return err
		}
		r.members = append(r.members, m)
		if err := m.start(); err != nil {
			return err
		}
	}
	return nil
}

// add makes one more member.
func (r *run) add() (*member, error) {
	r.mu.Lock()
	r.number++
	number := r.number
	r.mu.Unlock()
	order := r.order
	order.Name = fmt.Sprintf("w%d", number)
	if r.Case.OneName {
		order.Name = "worker"
	}
	return r.newMember(number, order)
}

// torture waits until the group is settled, carries the plan out, and ends with the acts.
func (r *run) torture(ctx context.Context, plan []nemesis.Fault, acts *checks.Acts) error {
	if _, err := r.settle(ctx, r.bound(), r.members); err != nil {
		return fmt.Errorf("before any fault: %w; logs:\n%s", err, r.logs())
	}
	begun := time.Now()
	var faults sync.WaitGroup
	for _, f := range plan {
		if err := pause(ctx, time.Until(begun.Add(f.At))); err != nil {
			break
		}
		faults.Go(func() { r.carry(ctx, f) })
	}
	faults.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := r.calm(ctx); err != nil {
		return err
	}
	if err := r.acts(ctx, acts); err != nil {
		return err
	}
	for _, m := range r.members {
		if err := m.leave(); err != nil {
			r.problem("%s at the end: %v", m, err)
		}
	}
	return nil
}

// calm ends all faults and starts whoever does not run.
func (r *run) calm(ctx context.Context) error {
	r.store.up(ctx)
	var errs []error
	for _, m := range r.members {
		if m.path != nil {
			m.path.Restore()
		}
		errs = append(errs, m.start())
	}
	return errors.Join(errs...)
}

// problem notes what is the matter with the run itself.
func (r *run) problem(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

func (r *run) problems() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.faults)
}

// owned returns the partitions whose callbacks run in the member's process, in order.
func (r *run) owned(m *member) []string {
	process, _ := m.current()
	var keys []string
	for i := range r.Partitions {
		key := fmt.Sprint(i)
		if running := r.book.Running(key); len(running) > 0 && running[len(running)-1].Process == process {
			keys = append(keys, key)
		}
	}
	return keys
}

func (r *run) logs() string {
	var text string
	for _, m := range r.members {
		text += fmt.Sprintf("%s: %s\n", m, m.runner.Log())
	}
	return text
}

func (r *run) closeMembers() error {
	var errs []error
	for _, m := range slices.Backward(r.members) {
		errs = append(errs, m.close())
	}
	return errors.Join(errs...)
}
