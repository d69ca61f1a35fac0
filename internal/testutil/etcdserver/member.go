package etcdserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ErrRunning is returned by Restart for a member that still runs.
var ErrRunning = errors.New("the member runs: kill or stop it first")

// ErrNotRunning is returned for a signal to a member that does not run.
var ErrNotRunning = errors.New("the member does not run: restart it first")

// ErrClosed is returned by Restart after Cluster.Close.
var ErrClosed = errors.New("the cluster is closed: its data is gone")

// errExited says that the process ended while somebody waited for its health.
var errExited = errors.New("its process has ended")

// errPortTaken says that another process listens on a port of the member.
var errPortTaken = errors.New("a port of the member is taken by another process")

// stopLimit is how long Stop waits for the process before it kills it.
const stopLimit = 10 * time.Second

// logTail is how many bytes of a member's log an error shows.
const logTail = 2 << 10

// Member is one etcd process of a cluster. Its methods may be called from several
// goroutines.
type Member struct {
	name    string
	binary  string
	args    []string
	client  int // port
	logPath string

	mu     sync.Mutex // guards what follows; not held while a process starts or ends
	proc   *process   // the newest one, nil before the first start
	closed bool
}

// Endpoint returns the member's address as host:port.
func (m *Member) Endpoint() string { return "127.0.0.1:" + strconv.Itoa(m.client) }

// Kill ends the process at once, as a crash does (SIGKILL), and returns when it is
// gone. A paused member dies too. It returns ErrNotRunning if there is no process.
func (m *Member) Kill() error {
	p, err := m.running()
	if err != nil {
		return err
	}
	return p.kill()
}

// Stop ends the process in order (SIGTERM), as an administrator does, and returns when
// it is gone. A process that takes longer than 10 s is killed. A paused member resumes
// first. It returns ErrNotRunning if there is no process.
func (m *Member) Stop() error {
	p, err := m.running()
	if err != nil {
		return err
	}
	return p.stop(stopLimit)
}

// Pause freezes the process (SIGSTOP): it keeps its connections and answers nothing.
// It returns ErrNotRunning if there is no process, and errors.ErrUnsupported where the
// operating system has no such signal.
func (m *Member) Pause() error {
	p, err := m.running()
	if err != nil {
		return err
	}
	return p.pause()
}

// Resume lets a paused process go on. Its errors are those of Pause.
func (m *Member) Resume() error {
	p, err := m.running()
	if err != nil {
		return err
	}
	return p.resume()
}

// Restart starts the member again on its data and its port, and returns when it is
// healthy, which needs a majority of the cluster. It returns ErrRunning, ErrClosed, or
// an error with the end of the log if the member is not healthy within the context and
// one minute; the process may then still run.
func (m *Member) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	p, err := m.spawn()
	if err != nil {
		return err
	}
	return m.waitHealthy(ctx, p)
}

// Log returns the end of what the member wrote to its log, over all its restarts.
func (m *Member) Log() string {
	text, err := os.ReadFile(m.logPath)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-logTail):]))
}

// running returns the live process.
func (m *Member) running() (*process, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.proc == nil || m.proc.exited() {
		return nil, fmt.Errorf("etcd %s: %w", m.name, ErrNotRunning)
	}
	return m.proc, nil
}

// spawn starts the process and does not wait for its health.
func (m *Member) spawn() (*process, error) {
	p, err := m.next()
	if err == nil {
		err = p.start(m.binary, m.args, m.logPath)
	}
	if err != nil {
		return nil, fmt.Errorf("etcd %s: %w", m.name, err)
	}
	return p, nil
}

// next makes room for a new process: of two Restarts at once only one gets it.
func (m *Member) next() (*process, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return nil, ErrClosed
	case m.proc != nil && !m.proc.exited():
		return nil, ErrRunning
	}
	m.proc = newProcess()
	return m.proc, nil
}

// waitHealthy waits until the member is healthy, its process ends or the context does.
func (m *Member) waitHealthy(ctx context.Context, p *process) error {
	err := waitHealthy(ctx, m.Endpoint(), p.done)
	if err == nil {
		return nil
	}
	log := m.Log()
	if errors.Is(err, errExited) && strings.Contains(log, "address already in use") {
		err = errPortTaken
	}
	return fmt.Errorf("etcd %s at %s is not healthy: %w; its log ends:\n%s", m.name, m.Endpoint(), err, log)
}

// close kills the process, if there is one, and allows no other.
func (m *Member) close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	if err := m.Kill(); !errors.Is(err, ErrNotRunning) {
		return err
	}
	return nil
}
