package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/internal/everystore"
)

// outside is a cast whose members are processes: this program again, with a role.
type outside struct {
	role      role // of all of them, but for the name
	screen    *screen
	journal   *fileJournal
	processes map[string]*process

	finish chan struct{} // closed when no member is left
	read   chan error    // how reading the journal ended
}

type process struct {
	cmd   *exec.Cmd
	stdin io.Closer // closing it tells the process to leave
}

// setOutside makes the stage ready, in a new folder. The function that it returns clears
// it away.
func (s *stage) setOutside(ctx context.Context, o options, group string, screen *screen) (strike func() error, err error) {
	dir, err := os.MkdirTemp("", "quickstart-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	address := o.backend
	if address == "" {
		address = (&backendurl.URL{Scheme: "sqlite", Path: filepath.ToSlash(filepath.Join(dir, "tenure.db"))}).String() + "?migrate=true"
	}
	least, err := sharedTTL(ctx, address)
	if err != nil {
		return nil, err
	}
	s.ttl = cmp.Or(o.ttl, max(3*time.Second, least))
	screen.say(fmt.Sprintf("the store is %s, the group %s", backendurl.Redact(address), group))
	s.crashing = fmt.Sprintf("kill -9 for cleo: nobody is told, her session lives on for up to %v", s.ttl)
	s.leaving = "ada is asked to leave: she hands over and ends"
	c := &outside{
		role:   role{Backend: address, Group: group, Work: filepath.Join(dir, "work"), TTL: s.ttl},
		screen: screen, processes: map[string]*process{}, finish: make(chan struct{}), read: make(chan error, 1),
	}
	var failed error
	if c.journal, err = openJournal(c.role.Work, func(err error) { failed = err }); err != nil {
		return nil, err
	}
	go func() { c.read <- readJournal(c.role.Work, s.referee, s.plans, c.finish) }() // ends with finish
	s.cast = c
	return func() error { return errors.Join(failed, c.journal.close(), os.RemoveAll(dir)) }, nil
}

// sharedTTL looks whether processes can share the store, and returns the least TTL that
// it takes.
func sharedTTL(ctx context.Context, address string) (time.Duration, error) {
	store, closeStore, err := everystore.Open(ctx, address)
	if err != nil {
		return 0, err
	}
	can := store.Capabilities()
	if err := closeStore(); err != nil {
		return 0, err
	}
	if can.Store == "memory" {
		return 0, errors.New("a store in memory belongs to one process: take another one, such as sqlite:/folder/file.db?migrate=true, or leave -backend out")
	}
	return can.MinTTL, nil
}

func (o *outside) join(_ context.Context, names ...string) error {
	var said []string
	for _, name := range names {
		p, err := o.start(name)
		if err != nil {
			return err
		}
		o.processes[name] = p
		said = append(said, fmt.Sprintf("%s is process %d", name, p.cmd.Process.Pid))
	}
	o.screen.add(strings.Join(said, ", "))
	return nil
}

func (o *outside) start(name string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r := o.role
	r.Name = name
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &process{cmd, stdin}, cmd.Start()
}

// crash kills the process. Only after the system has said that it is gone, the referee
// is told that it no longer works.
func (o *outside) crash(name string) error {
	p := o.processes[name]
	delete(o.processes, name)
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("%s ended by itself: %w", name, err)
	}
	o.screen.add(fmt.Sprintf("process %d ended: %v", p.cmd.Process.Pid, exit))
	o.journal.dead(name)
	return nil
}

func (o *outside) leave(ctx context.Context, name string) error {
	p := o.processes[name]
	delete(o.processes, name)
	return errors.Join(p.stdin.Close(), p.wait(ctx, name))
}

// wait waits until a process that was told to leave has ended. It is killed when ctx is
// done.
func (p *process) wait(ctx context.Context, name string) error {
	stop := context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() }) // it may just have ended
	defer stop()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("the process of %s: %w", name, err)
	}
	return nil
}

// leaveAll tells all at once, so that none hands over to another that leaves, too.
func (o *outside) leaveAll() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second+o.role.TTL)
	defer cancel()
	var errs []error
	for _, p := range o.processes {
		errs = append(errs, p.stdin.Close())
	}
	for _, name := range slices.Sorted(maps.Keys(o.processes)) {
		errs = append(errs, o.processes[name].wait(ctx, name))
	}
	close(o.finish)
	return errors.Join(append(errs, <-o.read)...)
}
