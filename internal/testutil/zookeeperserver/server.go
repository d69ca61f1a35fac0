package zookeeperserver

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tenure-go/tenure/internal/testutil/process"
)

// Server is one ZooKeeper server. Its methods may be called from several goroutines.
type Server struct {
	*process.Runner
	dir, addr string
	java, jar string
}

// Start makes a server that stands alone and returns when it answers. The context bounds
// the start, not the life of the server: end it with Close. Settings are lines for its
// configuration file, for example "maxSessionTimeout=2000". It returns ErrNoBinary, or an
// error with the end of the server's log.
func Start(ctx context.Context, settings ...string) (*Server, error) {
	return process.WithPorts(1, func(ports []int) (*Server, error) {
		s, err := newServer(ports[0], settings)
		if err != nil {
			return nil, err
		}
		if err := s.Restart(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		return s, nil
	})
}

// newServer writes a server's files and does not start it.
func newServer(port int, settings []string) (*Server, error) {
	java, jar, err := Binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tenure-zookeeper-")
	if err != nil {
		return nil, err
	}
	s := &Server{
		Runner: process.NewRunner("zookeeper", filepath.Join(dir, "log")),
		dir:    dir, addr: process.Local(port), java: java, jar: jar,
	}
	// The settings of the caller come last, because the last of two counts.
	lines := append([]string{
		"dataDir=" + s.data(), "clientPort=" + strconv.Itoa(port), "clientPortAddress=127.0.0.1",
		"tickTime=100", "initLimit=100", "syncLimit=20", "maxSessionTimeout=60000", "maxClientCnxns=0",
		"admin.enableServer=false", "4lw.commands.whitelist=srvr",
	}, settings...)
	err = errors.Join(
		os.Mkdir(s.data(), 0o700),
		os.WriteFile(s.config(), []byte(strings.Join(lines, "\n")+"\n"), 0o600),
	)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) data() string   { return filepath.Join(s.dir, "data") }
func (s *Server) config() string { return filepath.Join(s.dir, "zoo.cfg") }

// Addr returns the server's address for clients as host:port.
func (s *Server) Addr() string { return s.addr }

// Restart starts the server on its data and its ports, and returns when it serves
// requests: in an ensemble when that has a leader. It returns process.ErrRunning,
// process.ErrPortTaken, or an error with the end of the log.
func (s *Server) Restart(ctx context.Context) error {
	p, err := s.launch()
	if err != nil {
		return err
	}
	return s.await(ctx, p)
}

func (s *Server) launch() (*process.Process, error) {
	// Debian's jar does not name a logger, without which it says nothing, nor all that it
	// needs for encrypted connections. Java passes over what is not there.
	folder := filepath.Dir(s.jar)
	classes := strings.Join([]string{s.jar, filepath.Join(folder, "slf4j-simple.jar"), filepath.Join(folder, "netty-codec.jar")}, string(os.PathListSeparator))
	cmd := exec.Command(s.java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dzookeeper.forceSync=no",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", classes, "org.apache.zookeeper.server.quorum.QuorumPeerMain", s.config())
	cmd.Dir = s.dir
	return s.Start(cmd)
}

func (s *Server) await(ctx context.Context, p *process.Process) error {
	return s.Await(ctx, p, s.addr, "Address already in use", func(ctx context.Context) error {
		_, err := s.Status(ctx)
		return err
	})
}

// Close kills the server and removes its data. Calling it again does nothing.
func (s *Server) Close() error {
	return errors.Join(s.Runner.Close(), os.RemoveAll(s.dir))
}
