package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/tenure-go/tenure/internal/testutil/process"
)

// bouncerPath is where Debian's package pgbouncer puts it, outside the usual PATH.
const bouncerPath = "/usr/sbin/pgbouncer"

// ErrNoBouncer is returned when there is no PgBouncer to run.
var ErrNoBouncer = errors.New("no PgBouncer: run `apt-get install pgbouncer`")

// Bouncer is a PgBouncer before a server.
type Bouncer struct {
	*process.Runner

	port int
}

// Addr returns the address as host:port.
func (b *Bouncer) Addr() string { return process.Local(b.port) }

// StartBouncer starts PgBouncer in transaction mode before the server, with a few
// connections to it, and returns when it listens. Every client is the administrator. Its
// files go with the server's. It returns ErrNoBouncer if there is no binary.
func (s *Server) StartBouncer(ctx context.Context, connections int) (*Bouncer, error) {
	if _, err := os.Stat(bouncerPath); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoBouncer, err)
	}
	return process.WithPorts(1, func(ports []int) (*Bouncer, error) { return s.startBouncer(ctx, connections, ports[0]) })
}

func (s *Server) startBouncer(ctx context.Context, connections, port int) (*Bouncer, error) {
	text := fmt.Sprintf("[databases]\n%s = host=127.0.0.1 port=%d user=%s\n"+
		"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = any\n"+
		"pool_mode = transaction\ndefault_pool_size = %d\nmax_client_conn = 500\n", Database, s.port, User, port, connections)
	file := filepath.Join(s.dir, fmt.Sprintf("pgbouncer-%d.ini", port))
	if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), s.as.Own(file)); err != nil {
		return nil, err
	}
	b := &Bouncer{Runner: process.NewRunner("pgbouncer", filepath.Join(s.dir, fmt.Sprintf("pgbouncer-%d.log", port))), port: port}
	cmd := exec.Command(bouncerPath, file)
	cmd.Dir = s.dir
	s.as.Run(cmd)
	p, err := b.Start(cmd)
	if err != nil {
		return nil, err
	}
	if err := b.Await(ctx, p, b.Addr(), "ddress already in use", process.Listens(b.Addr())); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}
