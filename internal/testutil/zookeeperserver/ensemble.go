package zookeeperserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/process"
)

// Ensemble is a number of servers that elect a leader among them.
type Ensemble struct {
	// Servers are the members, in the order of their numbers.
	Servers []*Server
}

// portsOfMember: for clients, for the followers, and for elections.
const portsOfMember = 3

// StartEnsemble makes an ensemble of n servers and returns when all of them serve. The
// context bounds the start. Its errors are those of Start.
func StartEnsemble(ctx context.Context, n int) (*Ensemble, error) {
	return process.WithPorts(portsOfMember*n, func(ports []int) (*Ensemble, error) {
		e := new(Ensemble)
		if err := e.start(ctx, n, ports); err != nil {
			return nil, errors.Join(err, e.Close())
		}
		return e, nil
	})
}

func (e *Ensemble) start(ctx context.Context, n int, ports []int) error {
	var members []string
	for i := range n {
		of := ports[portsOfMember*i:]
		members = append(members, fmt.Sprintf("server.%d=127.0.0.1:%d:%d", i+1, of[1], of[2]))
	}
	for i := range n {
		s, err := newServer(ports[portsOfMember*i], members)
		if err != nil {
			return err
		}
		e.Servers = append(e.Servers, s)
		if err := os.WriteFile(filepath.Join(s.data(), "myid"), []byte(strconv.Itoa(i+1)), 0o600); err != nil {
			return err
		}
	}
	var running []*process.Process
	for _, s := range e.Servers {
		p, err := s.launch()
		if err != nil {
			return err
		}
		running = append(running, p)
	}
	for i, s := range e.Servers {
		if err := s.await(ctx, running[i]); err != nil {
			return err
		}
	}
	return nil
}

// Addrs returns the addresses of all servers for clients.
func (e *Ensemble) Addrs() []string {
	var addrs []string
	for _, s := range e.Servers {
		addrs = append(addrs, s.Addr())
	}
	return addrs
}

// Leader waits until a running server says that it leads, and returns it and the others.
func (e *Ensemble) Leader(ctx context.Context) (leader *Server, others []*Server, err error) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		for i, s := range e.Servers {
			if e.leads(ctx, s) {
				others = append(append(others, e.Servers[:i]...), e.Servers[i+1:]...)
				return s, others, nil
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("zookeeper: no server leads: %w", context.Cause(ctx))
		}
	}
}

// leads bounds the question, because a frozen server takes it and never answers.
func (e *Ensemble) leads(ctx context.Context, s *Server) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	status, err := s.Status(ctx)
	return err == nil && status.Mode == "leader"
}

// Log returns the ends of the logs of all servers.
func (e *Ensemble) Log() string {
	text := ""
	for _, s := range e.Servers {
		text += fmt.Sprintf("--- %s\n%s\n", s.Addr(), s.Log())
	}
	return text
}

// Close kills all servers and removes their data. Calling it again does nothing.
func (e *Ensemble) Close() error {
	var errs []error
	for _, s := range e.Servers {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
