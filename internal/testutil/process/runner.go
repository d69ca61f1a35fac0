package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ErrRunning is returned by Start for a server that still runs.
var ErrRunning = errors.New("the server runs: kill or stop it first")

// ErrClosed is returned by Start after Close.
var ErrClosed = errors.New("the server is closed: its data is gone")

// stopLimit is how long Stop waits for the process before it kills it.
const stopLimit = 10 * time.Second

// logTail is how many bytes of the log an error shows.
const logTail = 4 << 10

// Runner runs one server again and again, at most one process at a time. Its methods
// may be called from several goroutines.
type Runner struct {
	name, logPath   string
	kill, interrupt syscall.Signal

	mu     sync.Mutex // guards what follows; not held while a process starts or ends
	proc   *Process   // the newest one, nil before the first start
	closed bool
}

// NewRunner returns a runner of the server that errors call name, which appends to the
// log at logPath.
func NewRunner(name, logPath string) *Runner {
	return &Runner{name: name, logPath: logPath, kill: syscall.SIGKILL, interrupt: syscall.SIGTERM}
}

// Signals sets what Kill, Stop and the end of this program send, SIGKILL and SIGTERM
// unless it is called. It must be called before Start. A server with children of its
// own would leave them behind after SIGKILL.
func (r *Runner) Signals(kill, stop syscall.Signal) { r.kill, r.interrupt = kill, stop }

// Start starts the command and does not wait until the server answers. It sets the
// output of the command, and adds to its SysProcAttr that the server dies with this
// program, also after SIGKILL, where the operating system has that (Linux). It returns
// ErrRunning, ErrClosed, or why the program does not start.
func (r *Runner) Start(cmd *exec.Cmd) (*Process, error) {
	p, err := r.next()
	if err == nil {
		err = p.start(cmd, r.logPath, r.kill)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	return p, nil
}

// next makes room for a new process: of two Starts at once only one gets it.
func (r *Runner) next() (*Process, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return nil, ErrClosed
	case r.proc != nil && !r.proc.exited():
		return nil, ErrRunning
	}
	r.proc = newProcess()
	return r.proc, nil
}

// running returns the live process.
func (r *Runner) running() (*Process, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.proc == nil || r.proc.exited() {
		return nil, fmt.Errorf("%s: %w", r.name, ErrNotRunning)
	}
	return r.proc, nil
}

// Kill ends the process at once, as a crash does, and returns when it is gone. A paused
// server dies too. It returns ErrNotRunning if there is no process.
func (r *Runner) Kill() error {
	p, err := r.running()
	if err != nil {
		return err
	}
	return p.end(r.kill)
}

// Stop ends the process in order, as an administrator does, and returns when it is
// gone. A process that takes longer than 10 s is killed. A paused server resumes first.
// It returns ErrNotRunning if there is no process.
func (r *Runner) Stop() error {
	p, err := r.running()
	if err != nil {
		return err
	}
	if err := p.signal(r.interrupt); err != nil {
		return err
	}
	// A paused process sees the signal only after it has been resumed.
	if err := p.resume(); err != nil && !errors.Is(err, ErrNotRunning) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	timer := time.NewTimer(stopLimit)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
		return p.end(r.kill)
	}
}

// Pause freezes the process (SIGSTOP) and returns when all of it stands still: it keeps
// its connections and answers nothing. It returns ErrNotRunning if there is no process,
// and errors.ErrUnsupported where the operating system has no such signal.
func (r *Runner) Pause() error {
	p, err := r.running()
	if err != nil {
		return err
	}
	return p.pause()
}

// Resume lets a paused process go on. Its errors are those of Pause.
func (r *Runner) Resume() error {
	p, err := r.running()
	if err != nil {
		return err
	}
	return p.resume()
}

// Log returns the end of what the server wrote to its log, over all its runs.
func (r *Runner) Log() string {
	text, err := os.ReadFile(r.logPath)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-logTail):]))
}

// Close kills the process, if there is one, and allows no other. Calling it again does
// nothing.
func (r *Runner) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	if err := r.Kill(); !errors.Is(err, ErrNotRunning) {
		return err
	}
	return nil
}
