package azuriteserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tenure-go/tenure/internal/testutil/process"
)

// The one account of a server. Whoever reaches its port can use it.
const (
	Account = "tenure"
	Key     = "bm90IGEgc2VjcmV0OiB0aGUga2V5IG9mIGFuIGVtdWxhdG9y"
)

// Server is one Azurite process, started again and again. Its methods may be called from
// several goroutines.
type Server struct {
	*process.Runner
	node, script, dir string
	port              int
	version           string // set by Start
}

// Start starts an emulator and returns when it answers. The context bounds the start,
// not the life of the server: end it with Close. On Linux the server also dies with this
// process. It returns ErrNoBinary, or an error with the end of the server's log.
func Start(ctx context.Context) (*Server, error) {
	node, script, err := Binary()
	if err != nil {
		return nil, err
	}
	return process.WithPorts(1, func(ports []int) (*Server, error) {
		dir, err := os.MkdirTemp("", "tenure-azurite-")
		if err != nil {
			return nil, err
		}
		s := &Server{
			Runner: process.NewRunner("azurite", filepath.Join(dir, "log")),
			node:   node, script: script, dir: dir, port: ports[0],
		}
		if err := s.Restart(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		return s, nil
	})
}

// Addr returns the server's address as host:port.
func (s *Server) Addr() string { return process.Local(s.port) }

// Version returns what the server says of itself, such as "3.35.0".
func (s *Server) Version() string { return s.version }

// Restart starts the server again on its data and its port, and returns when it
// answers. It returns process.ErrRunning, or an error with the end of the log.
func (s *Server) Restart(ctx context.Context) error {
	// The client library is newer than the emulator: --skipApiVersionCheck.
	cmd := exec.Command(s.node, s.script, "--blobHost", "127.0.0.1", "--blobPort", strconv.Itoa(s.port),
		"--location", filepath.Join(s.dir, "data"), "--skipApiVersionCheck", "--silent", "--disableTelemetry")
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "AZURITE_ACCOUNTS="+Account+":"+Key)
	p, err := s.Runner.Start(cmd)
	if err != nil {
		return err
	}
	return s.Await(ctx, p, s.Addr(), "EADDRINUSE", s.ask)
}

// ask looks whether Azurite answers. Without credentials it refuses, which is an answer.
func (s *Server) ask(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr()+"/"+Account, nil)
	if err != nil {
		return err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	version, ok := strings.CutPrefix(response.Header.Get("Server"), "Azurite-Blob/")
	if !ok {
		return errors.Join(fmt.Errorf("answers as %q", response.Header.Get("Server")), response.Body.Close())
	}
	s.version = version
	return response.Body.Close()
}

// Close kills the server and removes its data. Calling it again does nothing.
func (s *Server) Close() error {
	return errors.Join(s.Runner.Close(), os.RemoveAll(s.dir))
}
