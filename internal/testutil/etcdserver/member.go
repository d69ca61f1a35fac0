package etcdserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/internal/testutil/process"
)

// Member is one etcd process of a cluster: its Kill, Stop, Pause, Resume and Log are
// those of process.Runner. Its methods may be called from several goroutines.
type Member struct {
	*process.Runner

	name   string
	binary string
	args   []string
	client int // port
}

// Endpoint returns the member's address as host:port.
func (m *Member) Endpoint() string { return process.Local(m.client) }

// Restart starts the member again on its data and its port, and returns when it is
// healthy, which needs a majority of the cluster. It returns process.ErrRunning,
// process.ErrClosed, or an error with the end of the log if the member is not healthy
// within the context and one minute; the process may then still run.
func (m *Member) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	p, err := m.spawn()
	if err != nil {
		return err
	}
	return m.waitHealthy(ctx, p)
}

// spawn starts the process and does not wait for its health.
func (m *Member) spawn() (*process.Process, error) {
	cmd := exec.Command(m.binary, m.args...)
	cmd.Env = environment()
	return m.Start(cmd)
}

// waitHealthy waits until the member is healthy, its process ends or the context does.
func (m *Member) waitHealthy(ctx context.Context, p *process.Process) error {
	client := newHTTPClient()
	err := p.Wait(ctx, func(ctx context.Context) error { return checkHealth(ctx, client, m.Endpoint()) })
	if err == nil {
		return nil
	}
	log := m.Log()
	if errors.Is(err, process.ErrExited) && strings.Contains(log, "address already in use") {
		err = process.ErrPortTaken
	}
	return fmt.Errorf("etcd %s at %s is not healthy: %w; its log ends:\n%s", m.name, m.Endpoint(), err, log)
}

// environment returns the environment of a member: that of this process without the
// variables that etcd takes for flags (ETCD_NAME is --name), which a developer may
// have set for a server of his own.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "ETCD_")
	})
}
