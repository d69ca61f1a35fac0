package rig

import (
	_ "embed" // the shim's source
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/tenure-go/tenure/tools/torture/nemesis"
)

// clockEnv tells the shim which file says by how much to shift the wall clock.
const clockEnv = "TENURE_TORTURE_CLOCK"

// clockStep is how far the wall clock is stepped.
const clockStep = 40 * time.Second

//go:embed shim/clock.c
var clockSource []byte

// clock shifts the wall clock of the servers that were started by its start.
type clock struct{ library, file string }

// wallClock are the stores here whose sessions expire by the wall clock of a server.
var wallClock = []string{"mariadb", "postgres", "redis"}

// newClock builds the shim, which needs a C compiler. It returns nil if the case does not
// step a clock, or the store has none.
func newClock(dir, backend string, c nemesis.Case) (*clock, error) {
	steps := slices.ContainsFunc(c.Kinds, func(k nemesis.Choice) bool { return k.Kind == nemesis.ClockStep })
	if !steps || !slices.Contains(wallClock, backend) {
		return nil, nil
	}
	if err := os.Chmod(dir, 0o711); err != nil { // PostgreSQL is another user
		return nil, err
	}
	source := filepath.Join(dir, "clock.c")
	k := &clock{library: filepath.Join(dir, "clock.so"), file: filepath.Join(dir, "clock")}
	err := errors.Join(os.WriteFile(source, clockSource, 0o600), k.set(0))
	if err != nil {
		return nil, err
	}
	if output, err := exec.Command("gcc", "-O2", "-shared", "-fPIC", "-o", k.library, source).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the shim that steps clocks: %w: %s", err, output)
	}
	return k, nil
}

// start runs f, which starts programs that take this program's environment.
func (k *clock) start(f func() error) error {
	if k == nil {
		return f()
	}
	defer func() {
		_ = os.Unsetenv("LD_PRELOAD")
		_ = os.Unsetenv(clockEnv)
	}()
	if err := errors.Join(os.Setenv("LD_PRELOAD", k.library), os.Setenv(clockEnv, k.file)); err != nil {
		return err
	}
	return f()
}

// set makes the clocks be ahead by that much. The shim has the file mapped, so it is
// written in place.
func (k *clock) set(ahead time.Duration) error {
	f, err := os.OpenFile(k.file, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(binary.NativeEndian.AppendUint64(nil, uint64(ahead/time.Second)))
	return errors.Join(err, f.Close())
}
