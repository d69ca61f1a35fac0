package redisserver

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

// SentinelMaster is the name under which a Sentinel knows its master.
const SentinelMaster = "tenure"

// Server is one Redis process: its Kill, Stop, Pause, Resume and Log are those of
// process.Runner. Its methods may be called from several goroutines.
type Server struct {
	*process.Runner

	binary, dir string
	port        int
	args        []string
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

// layout returns the arguments of a server in a folder of its own.
type layout func(dir string, port int) ([]string, error)

func start(ctx context.Context, args layout) (*Server, error) {
	binary, err := Binary()
	if err != nil {
		return nil, err
	}
	return process.WithPorts(1, func(ports []int) (*Server, error) { return startOn(ctx, binary, args, ports[0]) })
}

func startOn(ctx context.Context, binary string, args layout, port int) (*Server, error) {
	dir, err := os.MkdirTemp("", "tenure-redis-")
	if err != nil {
		return nil, err
	}
	s := &Server{Runner: process.NewRunner("redis", filepath.Join(dir, "log")), binary: binary, dir: dir, port: port}
	s.args, err = args(dir, port)
	if err == nil {
		err = s.Restart(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Addr returns the server's address as host:port.
func (s *Server) Addr() string { return process.Local(s.port) }

// Restart starts the server again on its data and its port, and returns when it
// answers. It returns process.ErrRunning, or an error with the end of the log.
func (s *Server) Restart(ctx context.Context) error {
	p, err := s.Start(exec.Command(s.binary, s.args...))
	if err != nil {
		return err
	}
	return s.Await(ctx, p, s.Addr(), "Address already in use", func(ctx context.Context) error { return ping(ctx, s.Addr()) })
}

// Close kills the server and removes its data. Calling it again does nothing.
func (s *Server) Close() error { return errors.Join(s.Runner.Close(), os.RemoveAll(s.dir)) }
