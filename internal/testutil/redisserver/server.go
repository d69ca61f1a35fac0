package redisserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// startLimit bounds the time that a server may take until it answers.
	startLimit = 30 * time.Second
	// stopLimit is how long Stop waits for the process before it kills it.
	stopLimit = 10 * time.Second
	// portAttempts is how many ports Start tries.
	portAttempts = 5
	// logTail is how many bytes of the log an error shows.
	logTail = 2 << 10
)

// SentinelMaster is the name under which a Sentinel knows its master.
const SentinelMaster = "tenure"

// ErrRunning is returned by Restart for a server that still runs.
var ErrRunning = errors.New("the server runs: kill or stop it first")

// ErrNotRunning is returned for a signal to a server that does not run.
var ErrNotRunning = errors.New("the server does not run: restart it first")

// errPortTaken says that another process listens on the server's port.
var errPortTaken = errors.New("the port is taken by another process")

// Server is one Redis process. Its methods may be called from several goroutines.
type Server struct {
	binary, dir, logPath string
	port                 int
	args                 []string

	mu   sync.Mutex // guards proc; not held while a process starts or ends
	proc *process
}

// Start starts a server with further command line arguments, such as "--maxmemory",
// "10mb", and returns when it answers. The context bounds the start, not the life of
// the server: end it with Close. On Linux the server also dies with this process. It
// returns ErrNoBinary, or an error with the end of the server's log.
func Start(ctx context.Context, args ...string) (*Server, error) {
	return start(ctx, func(dir string, port int) ([]string, error) {
		return append([]string{
			"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "yes", "--appendfsync", "no",
		}, args...), nil
	})
}

// StartSentinel is Start for a Sentinel. It watches the master under the name
// SentinelMaster, calls it down after half a second and fails over by itself.
func StartSentinel(ctx context.Context, master *Server) (*Server, error) {
	return start(ctx, func(dir string, port int) ([]string, error) {
		path := filepath.Join(dir, "sentinel.conf")
		text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor %[3]s 127.0.0.1 %[4]d 1\n"+
			"sentinel down-after-milliseconds %[3]s 500\nsentinel failover-timeout %[3]s 3000\n", port, dir, SentinelMaster, master.port)
		return []string{path, "--sentinel"}, os.WriteFile(path, []byte(text), 0o600)
	})
}

// start asks for another port when another process took it first.
func start(ctx context.Context, layout func(dir string, port int) ([]string, error)) (*Server, error) {
	binary, err := Binary()
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		s, err := startOnce(ctx, binary, layout)
		if err == nil || attempt == portAttempts || !errors.Is(err, errPortTaken) {
			return s, err
		}
	}
}

func startOnce(ctx context.Context, binary string, layout func(string, int) ([]string, error)) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tenure-redis-")
	if err != nil {
		return nil, err
	}
	s := &Server{binary: binary, dir: dir, logPath: filepath.Join(dir, "log"), port: port}
	s.args, err = layout(dir, port)
	if err == nil {
		err = s.Restart(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Addr returns the server's address as host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Restart starts the server again on its data and its port, and returns when it
// answers. It returns ErrRunning, or an error with the end of the log.
func (s *Server) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	s.mu.Lock()
	if s.proc != nil && !s.proc.exited() {
		s.mu.Unlock()
		return ErrRunning
	}
	p := newProcess()
	s.proc = p
	s.mu.Unlock()
	err := p.start(s.binary, s.args, s.logPath)
	if err == nil {
		err = waitReady(ctx, s.Addr(), p.done)
	}
	if err == nil {
		return nil
	}
	log := s.Log()
	if strings.Contains(log, "Address already in use") {
		err = errPortTaken
	}
	return fmt.Errorf("redis at %s does not answer: %w; its log ends:\n%s", s.Addr(), err, log)
}

// Kill ends the process at once, as a crash does. It returns ErrNotRunning if there
// is none.
func (s *Server) Kill() error {
	p, err := s.running()
	if err != nil {
		return err
	}
	return p.kill()
}

// Stop ends the process in order (SIGTERM). One that takes longer than 10 s is killed.
func (s *Server) Stop() error {
	p, err := s.running()
	if err != nil {
		return err
	}
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(stopLimit):
		return p.kill()
	}
}

// Pause freezes the process: it keeps its connections and answers nothing. It returns
// errors.ErrUnsupported where the operating system has no such signal.
func (s *Server) Pause() error {
	p, err := s.running()
	if err != nil {
		return err
	}
	return p.pause()
}

// Resume lets a paused process go on.
func (s *Server) Resume() error {
	p, err := s.running()
	if err != nil {
		return err
	}
	return p.resume()
}

// Log returns the end of the server's log, over all its restarts.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.logPath)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-logTail):]))
}

// Close kills the server and removes its data. Calling it again does nothing.
func (s *Server) Close() error {
	if err := s.Kill(); err != nil && !errors.Is(err, ErrNotRunning) {
		return err
	}
	return os.RemoveAll(s.dir)
}

func (s *Server) running() (*process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == nil || s.proc.exited() {
		return nil, ErrNotRunning
	}
	return s.proc, nil
}
