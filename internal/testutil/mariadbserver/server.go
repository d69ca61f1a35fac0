package mariadbserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/tenure-go/tenure/internal/testutil/process"
)

// User is the administrator, who has no password. Database is an empty database.
const (
	User     = "root"
	Database = "tenure"
)

// Server is a MariaDB server. What it embeds kills, stops, freezes and resumes it.
type Server struct {
	*process.Runner
	binary, dir string
	port        int
	as          *process.User
	args        []string
}

// Start makes a server with further arguments, for example "--read-only", and returns
// when it listens. The context bounds the start, not the life of the server: end it
// with Close. It returns ErrNoBinary, or an error with the end of the server's log.
func Start(ctx context.Context, args ...string) (*Server, error) {
	binary, install, err := Binaries()
	if err != nil {
		return nil, err
	}
	as, err := process.Unprivileged("mysql", "nobody")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tenure-mariadb-")
	if err != nil {
		return nil, err
	}
	s := &Server{Runner: process.NewRunner("mariadb", filepath.Join(dir, "log")), binary: binary, dir: dir, as: as, args: args}
	if err := errors.Join(as.Own(dir), s.initialize(ctx, install)); err != nil {
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

// initialize makes the system tables and the database, which is a folder.
func (s *Server) initialize(ctx context.Context, install string) error {
	// Two servers that share a folder for temporary files delete each other's.
	cmd := exec.CommandContext(ctx, install, "--no-defaults", "--datadir="+s.data(), "--tmpdir="+s.dir,
		"--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-flush-method=nosync")
	s.as.Run(cmd)
	cmd.Dir = s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb: mariadb-install-db: %w:\n%s", err, out)
	}
	database := filepath.Join(s.data(), Database)
	return errors.Join(os.Mkdir(database, 0o700), s.as.Own(database))
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Addr returns the server's address as host:port.
func (s *Server) Addr() string { return process.Local(s.port) }

// Restart starts the server again on its data and its port, and returns when it
// listens. It returns process.ErrRunning, or an error with the end of the log.
func (s *Server) Restart(ctx context.Context) error {
	args := []string{
		"--no-defaults", "--datadir=" + s.data(), "--tmpdir=" + s.dir, "--socket=" + filepath.Join(s.dir, "socket"), "--bind-address=127.0.0.1",
		"--port=" + strconv.Itoa(s.port), "--max-connections=500", "--innodb-flush-method=nosync", "--innodb-buffer-pool-size=32M",
	}
	cmd := exec.Command(s.binary, append(args, s.args...)...)
	s.as.Run(cmd)
	cmd.Dir = s.dir
	p, err := s.Start(cmd)
	if err != nil {
		return err
	}
	return s.Await(ctx, p, s.Addr(), "Address already in use", process.Listens(s.Addr()))
}

// Close kills the server and removes its data. Calling it again does nothing.
func (s *Server) Close() error { return errors.Join(s.Runner.Close(), os.RemoveAll(s.dir)) }
