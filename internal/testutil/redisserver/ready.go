package redisserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"
)

// The ports come from below the range that Linux takes for outgoing connections, so
// that none is lost while its server is down. Redis Cluster listens on port+10000 too,
// which stays below 65536.
const (
	firstPort = 12000
	lastPort  = 19999
)

// readyEvery is the pause between two looks at a server that does not answer yet, and
// lookLimit bounds one look.
const (
	readyEvery = 20 * time.Millisecond
	lookLimit  = 2 * time.Second
)

var errExited = errors.New("its process has ended")

// freePort returns a port on 127.0.0.1 that nobody listens on now.
func freePort() (int, error) {
	for range lastPort - firstPort {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", firstPort, lastPort)
}

// waitReady waits until the server answers PING. It returns errExited when done is
// closed first.
func waitReady(ctx context.Context, addr string, done <-chan struct{}) error {
	ticker := time.NewTicker(readyEvery)
	defer ticker.Stop()
	for {
		last := ping(ctx, addr)
		if last == nil {
			return nil
		}
		select {
		case <-done:
			return errExited
		case <-ctx.Done():
			return fmt.Errorf("%w; last answer: %w", context.Cause(ctx), last)
		case <-ticker.C:
		}
	}
}

// ping asks once. A server that wants a password is ready too.
func ping(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(lookLimit)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(line, "+PONG") && !strings.HasPrefix(line, "-NOAUTH") {
		return errors.New(strings.TrimSpace(line))
	}
	return nil
}
