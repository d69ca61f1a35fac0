package rig

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/tenure-go/tenure/internal/testutil/process"
	"github.com/tenure-go/tenure/internal/testutil/stands"
	"github.com/tenure-go/tenure/tools/torture/logbook"
	"github.com/tenure-go/tenure/tools/torture/worker"
)

// member is one worker and its successors after it was killed: one name, one network path.
type member struct {
	number  int
	order   worker.Order // without Process
	book    *logbook.Book
	died    func(how string) // is told of a process that ends by itself
	path    *stands.Path     // nil for a store without network
	runner  *process.Runner
	freezer *freezer // nil where there is none
	network *network // nil where there is none, or no need of it

	mu      sync.Mutex // guards what follows; not held while a process starts or ends
	runs    int
	process string // the present one, "" for none
	pid     int
	ending  string // the process that is being ended
}

// newMember makes a member that does not run yet.
func (r *run) newMember(number int, order worker.Order) (m *member, err error) {
	m = &member{number: number, order: order, book: r.book, died: func(how string) { r.problem("%s", how) }}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.close())
		}
	}()
	m.runner = process.NewRunner(m.String(), filepath.Join(r.dir, m.String()+".log"))
	host := loopback
	if r.namespaces {
		if m.network, err = newNetwork(number); err != nil {
			return m, err
		}
		host = m.network.local
	}
	if path, err := r.store.path(host); err == nil { // else the abilities say why
		m.path, m.order.Address = path, path.Address
	}
	if r.freezes {
		m.freezer, err = newFreezer(filepath.Base(r.dir) + "-" + m.String())
	}
	return m, err
}

func (m *member) String() string { return fmt.Sprintf("w%d", m.number) }

// start starts a process, unless there is one.
func (m *member) start() error {
	m.mu.Lock()
	m.runs++
	order := m.order
	order.Process = fmt.Sprintf("%s.%d", m, m.runs)
	m.mu.Unlock()
	cmd, err := order.Command()
	if err != nil {
		return err
	}
	if m.network != nil {
		if err := m.network.within(cmd); err != nil {
			return err
		}
	}
	p, err := m.runner.Start(cmd)
	if errors.Is(err, process.ErrRunning) {
		return nil
	}
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.process, m.pid = order.Process, p.PID()
	go m.watch(p, order.Process) // ends with the process
	return nil
}

// watch tells of a process that ends although nobody ended it.
func (m *member) watch(p *process.Process, name string) {
	<-p.Done()
	m.mu.Lock()
	alone := m.process == name && m.ending != name
	m.mu.Unlock()
	if alone {
		m.died(fmt.Sprintf("%s ended by itself; its log ends: %s", name, m.runner.Log()))
	}
}

// current returns the present process, "" for none.
func (m *member) current() (process string, pid int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.process, m.pid
}

// kill ends the process at once.
func (m *member) kill() error { return m.end(m.runner.Kill) }

// leave ends the process in order.
func (m *member) leave() error { return m.end(m.runner.Stop) }

func (m *member) end(how func() error) error {
	m.mu.Lock()
	m.ending = m.process
	m.mu.Unlock()
	err := how()
	m.mu.Lock()
	gone := m.process
	m.process, m.pid = "", 0
	m.mu.Unlock()
	m.book.Died(gone)
	return err
}

// stop stands the process still for the time, by a signal.
func (m *member) stop(wait func() error) error {
	if err := m.runner.Pause(); err != nil {
		return err
	}
	return errors.Join(wait(), m.runner.Resume())
}

// freeze stands it still by the freezer.
func (m *member) freeze(ctx context.Context, wait func() error) error {
	_, pid := m.current()
	if pid == 0 {
		return process.ErrNotRunning
	}
	if err := m.freezer.freeze(ctx, pid); err != nil {
		return errors.Join(err, m.freezer.thaw())
	}
	return errors.Join(wait(), m.freezer.thaw())
}

// close ends everything.
func (m *member) close() error {
	m.mu.Lock()
	m.ending = m.process
	m.mu.Unlock()
	errs := []error{m.runner.Close()}
	if m.freezer != nil {
		errs = append(errs, m.freezer.close())
	}
	if m.path != nil {
		errs = append(errs, m.path.Close())
	}
	if m.network != nil {
		errs = append(errs, m.network.close())
	}
	return errors.Join(errs...)
}
