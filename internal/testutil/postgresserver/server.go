package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/tenure-go/tenure/internal/testutil/process"
)

// User is the administrator, Database the database that is there from the start.
const (
	User     = "postgres"
	Database = "postgres"
)

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
	as          *process.User
	args        []string
	run         *process.Runner // of the postmaster, which ends its children
}

// Start makes a server and returns when it answers. The context bounds the start, not
// the life of the server: end it with Close. It returns ErrNoBinary, or an error with
// the end of the server's log.
func Start(ctx context.Context, o Options) (*Server, error) {
	folder, err := Folder()
	if err != nil {
		return nil, err
	}
	as, err := process.Unprivileged("postgres", "nobody")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tenure-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, dir: dir, as: as, args: o.Args, run: process.NewRunner("postgres", filepath.Join(dir, "log"))}
	// SIGQUIT ends it without a checkpoint, which it makes good when it starts again,
	// and SIGINT in order. SIGKILL would leave its children behind.
	s.run.Signals(syscall.SIGQUIT, syscall.SIGINT)
	if err := errors.Join(as.Own(dir), s.initialize(ctx, o.Password)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	_, err = process.WithPorts(1, func(ports []int) (*Server, error) {
		s.port = ports[0]
		return s, s.Restart(ctx)
	})
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
		if err := errors.Join(os.WriteFile(file, []byte(password), 0o600), s.as.Own(file)); err != nil {
			return err
		}
		args = append(args, "-A", "scram-sha-256", "--pwfile", file)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.folder, "initdb"), args...)
	cmd.Dir = s.dir
	s.as.Run(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("postgres: initdb: %w:\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Addr returns the server's address as host:port.
func (s *Server) Addr() string { return process.Local(s.port) }

// Restart starts the server again on its data and its port, and returns when it takes
// connections. It returns process.ErrRunning, or an error with the end of the log.
func (s *Server) Restart(ctx context.Context) error {
	args := []string{
		"-D", s.data(), "-p", strconv.Itoa(s.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=300",
	}
	cmd := exec.Command(filepath.Join(s.folder, "postgres"), append(args, s.args...)...)
	cmd.Dir = s.dir
	s.as.Run(cmd)
	p, err := s.run.Start(cmd)
	if err != nil {
		return err
	}
	return s.run.Await(ctx, p, s.Addr(), "could not create any TCP/IP sockets",
		func(context.Context) error { return s.ready(p.PID()) })
}

// ready returns nil when the server has written that it is ready. The file says so in
// its eighth line, which pg_ctl reads too.
func (s *Server) ready(pid int) error {
	text, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return err
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 8 || lines[0] != strconv.Itoa(pid) || strings.TrimSpace(lines[7]) != "ready" {
		return errors.New("postmaster.pid does not say that it is ready")
	}
	return nil
}

// Kill ends the server at once, as a crash does, and returns when it is gone.
func (s *Server) Kill() error { return s.run.Kill() }

// Stop ends the server in order, with its connections (a "fast" shutdown), and returns
// when it is gone.
func (s *Server) Stop() error { return s.run.Stop() }

// Standby starts a stopped server as a hot standby: it is in recovery, and serves reads
// only.
func (s *Server) Standby(ctx context.Context) error {
	if err := os.WriteFile(filepath.Join(s.data(), "standby.signal"), nil, 0o644); err != nil {
		return err
	}
	return s.Restart(ctx)
}

// Log returns the end of the server's log, over all its restarts.
func (s *Server) Log() string { return s.run.Log() }

// Close kills the server and removes its data. Calling it again does nothing.
func (s *Server) Close() error { return errors.Join(s.run.Close(), os.RemoveAll(s.dir)) }
