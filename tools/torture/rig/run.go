package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/everystore"
	"github.com/tenure-go/tenure/tools/torture/checks"
	"github.com/tenure-go/tenure/tools/torture/logbook"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
	"github.com/tenure-go/tenure/tools/torture/worker"
)

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
