package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tenure-go/tenure/membership"
)

// freezerRoot is where the freezer of control groups is, version 1.
const freezerRoot = "/sys/fs/cgroup/freezer"

// freezer is a control group that can be frozen: a process in it stands still without a
// signal, as in a container that is paused.
type freezer struct{ dir string }

func newFreezer(name string) (*freezer, error) {
	f := &freezer{filepath.Join(freezerRoot, name)}
	return f, os.Mkdir(f.dir, 0o755)
}

// canFreeze tries it.
func canFreeze() error {
	f, err := newFreezer(fmt.Sprintf("tenure-torture-trial-%d", os.Getpid()))
	if err != nil {
		return fmt.Errorf("no freezer of control groups, version 1, that may be used: %w", err)
	}
	return f.close()
}

func (f *freezer) write(file, text string) error {
	return os.WriteFile(filepath.Join(f.dir, file), []byte(text), 0o600)
}

// freeze puts a process into the group and returns when it stands still.
func (f *freezer) freeze(ctx context.Context, pid int) error {
	if err := f.write("cgroup.procs", strconv.Itoa(pid)); err != nil {
		return err
	}
	if err := f.write("freezer.state", "FROZEN"); err != nil {
		return err
	}
	for {
		state, err := os.ReadFile(filepath.Join(f.dir, "freezer.state"))
		if err != nil || strings.TrimSpace(string(state)) == "FROZEN" {
			return err
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return err
		}
	}
}

func (f *freezer) thaw() error { return f.write("freezer.state", "THAWED") }

// close thaws the group and removes it, when its processes are gone.
func (f *freezer) close() error { return errors.Join(f.thaw(), os.Remove(f.dir)) }

// pause waits, or returns the cause of the context's end.
func pause(ctx context.Context, d time.Duration) error {
	return membership.Sleep(ctx, membership.MonotonicClock(), d)
}
