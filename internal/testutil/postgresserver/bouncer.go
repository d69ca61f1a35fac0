package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// bouncerPath is where Debian's package pgbouncer puts it, outside the usual PATH.
const bouncerPath = "/usr/sbin/pgbouncer"

// ErrNoBouncer is returned when there is no PgBouncer to run.
var ErrNoBouncer = errors.New("no PgBouncer: run `apt-get install pgbouncer`")

// StartBouncer starts PgBouncer in transaction mode before the server, with a few
// connections to it, and returns its address as host:port when it listens, and a
// function that ends it. Every client is the administrator. It returns ErrNoBouncer if
// there is no binary.
func (s *Server) StartBouncer(ctx context.Context, connections int) (addr string, end func() error, err error) {
	if _, err := os.Stat(bouncerPath); err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrNoBouncer, err)
	}
	port := 20000 + rand.IntN(12768)
	addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	text := fmt.Sprintf("[databases]\n%s = host=127.0.0.1 port=%d user=%s\n"+
		"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = any\n"+
		"pool_mode = transaction\ndefault_pool_size = %d\nmax_client_conn = 500\n", Database, s.port, User, port, connections)
	file := filepath.Join(s.dir, "pgbouncer.ini")
	if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), give(file, s.as)); err != nil {
		return "", nil, err
	}
	p, err := startProcess(bouncerPath, []string{file}, s.dir, s.logPath(), s.as)
	if err != nil {
		return "", nil, fmt.Errorf("pgbouncer: %w", err)
	}
	end = func() error { return p.end(os.Kill) }
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := listening(ctx, addr, p); err != nil {
		return "", nil, errors.Join(fmt.Errorf("pgbouncer at %s: %w; its log ends:\n%s", addr, err, s.Log()), end())
	}
	return addr, end, nil
}

// listening waits until a process takes connections.
func listening(ctx context.Context, addr string, p *process) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			return c.Close()
		}
		select {
		case <-p.done:
			return errors.New("its process has ended")
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}
