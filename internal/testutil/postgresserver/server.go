package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// startLimit bounds the time that a server may take to answer.
const startLimit = time.Minute

// attempts is how many ports Start tries.
const attempts = 5

// User is the administrator, Database the database that is there from the start.
const (
	User     = "postgres"
	Database = "postgres"
)

// ErrRunning is returned by Restart for a server that still runs.
var ErrRunning = errors.New("the server runs: kill or stop it first")

// Options says what Start starts.
type Options struct {
	// Password, unless empty, is asked of every user (scram-sha-256), and is that of
	// the administrator. Without it nobody is asked.
	Password string
	// Args are further command line arguments, for example "-c", "fsync=on".
	Args []string
}

// Server is a PostgreSQL server. Its methods must not be called side by side.
type Server struct {
	folder, dir string
	port        int
	as          *identity
	args        []string
	proc        *process
}

// Start makes a server and returns when it answers. The context bounds the start, not
// the life of the server: end it with Close. It returns ErrNoBinary, or an error with
// the end of the server's log.
func Start(ctx context.Context, o Options) (*Server, error) {
	folder, err := Folder()
	if err != nil {
		return nil, err
	}
	as, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tenure-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, dir: dir, as: as, args: o.Args}
	if err := errors.Join(give(dir, as), s.initialize(ctx, o.Password)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	// Another process may take the port before the server does.
	for range attempts {
		s.port = 20000 + rand.IntN(12768) // below the ranges for outgoing connections
		if err = s.Restart(ctx); err == nil || !strings.Contains(err.Error(), "could not create any TCP/IP sockets") {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// initialize makes the files of the cluster.
func (s *Server) initialize(ctx context.Context, password string) error {
	args := []string{"-D", s.data(), "-U", User, "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C"}
	if password == "" {
		args = append(args, "-A", "trust")
	} else {
		file := filepath.Join(s.dir, "password")
		if err := errors.Join(os.WriteFile(file, []byte(password), 0o600), give(file, s.as)); err != nil {
			return err
		}
		args = append(args, "-A", "scram-sha-256", "--pwfile", file)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.folder, "initdb"), args...)
	cmd.Dir, cmd.SysProcAttr = s.dir, sysProcAttr(s.as)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("postgres: initdb: %w:\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string    { return filepath.Join(s.dir, "data") }
func (s *Server) logPath() string { return filepath.Join(s.dir, "log") }

// Addr returns the server's address as host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Restart starts the server again on its data and its port, and returns when it takes
// connections. It returns ErrRunning, or an error with the end of the log.
func (s *Server) Restart(ctx context.Context) error {
	if s.proc != nil && !s.proc.exited() {
		return ErrRunning
	}
	args := []string{
		"-D", s.data(), "-p", strconv.Itoa(s.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=300",
	}
	p, err := startProcess(filepath.Join(s.folder, "postgres"), append(args, s.args...), s.dir, s.logPath(), s.as)
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	s.proc = p
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := s.waitReady(ctx); err != nil {
		return fmt.Errorf("postgres at %s: %w; its log ends:\n%s", s.Addr(), err, s.Log())
	}
	return nil
}

// waitReady waits until the server has written that it is ready. The file says so in
// its eighth line, which pg_ctl reads too.
func (s *Server) waitReady(ctx context.Context) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		text, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
		lines := strings.Split(string(text), "\n")
		if err == nil && len(lines) > 7 && lines[0] == strconv.Itoa(s.proc.pid) {
			if status := strings.TrimSpace(lines[7]); status == "ready" {
				return nil
			}
		}
		select {
		case <-s.proc.done:
			return errors.New("its process has ended")
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// Kill ends the server at once, as a crash does, and returns when it is gone.
func (s *Server) Kill() error { return s.proc.end(quit) }

// Stop ends the server in order, with its connections (a "fast" shutdown), and returns
// when it is gone.
func (s *Server) Stop() error { return s.proc.end(interrupt) }

// Standby starts a stopped server as a hot standby: it is in recovery, and serves reads
// only.
func (s *Server) Standby(ctx context.Context) error {
	if err := os.WriteFile(filepath.Join(s.data(), "standby.signal"), nil, 0o644); err != nil {
		return err
	}
	return s.Restart(ctx)
}

// Log returns the end of the server's log, over all its restarts.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.logPath())
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-4<<10):]))
}

// Close kills the server and removes its data. Calling it again does nothing.
func (s *Server) Close() error {
	var err error
	if s.proc != nil {
		err = s.Kill()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
