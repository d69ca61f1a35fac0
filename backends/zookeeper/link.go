package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-zookeeper/zk"
)

// link is a zk.Conn and the line on which it connects.
type link struct {
	s     *Store
	conn  *zk.Conn
	line  *line
	slots chan struct{} // one for each call inside the library
}

// silent keeps the library from logging: what it would say is in the errors.
type silent struct{}

func (silent) Printf(string, ...any) {}

// connectOnce makes a link for one ZooKeeper session with the given timeout: it does not
// connect before its line's first turn. Its requests and answers are small.
func (s *Store) connectOnce(timeout time.Duration) (*link, error) {
	return s.connect(timeout, true, smallBuffer, nil)
}

// connectData makes the link that carries the records.
func (s *Store) connectData() (*link, error) {
	return s.connect(dataTimeout, false, 0, s.hints.take)
}

// connect makes a link. A buffer of 0 means the library's, of 1.5 MiB each way, and any size
// of an answer; the callback for events may be nil.
func (s *Store) connect(timeout time.Duration, single bool, buffer int, events zk.EventCallback) (*link, error) {
	k := &link{s: s, line: newLine(s.o.Dial, s.o.Servers, &s.good, single), slots: make(chan struct{}, maxCalls)}
	size := func(*zk.Conn) {}
	if buffer > 0 {
		size = zk.WithMaxConnBufferSize(buffer)
	}
	// The channel of events has a few places, and drops what comes when they are full.
	conn, _, err := zk.Connect(s.o.Servers, timeout,
		zk.WithDialer(k.line.dial), zk.WithHostProvider(k.line), zk.WithLogger(silent{}), zk.WithLogInfo(false),
		zk.WithEventCallback(events), zk.WithMaxBufferSize(buffer), size)
	if err != nil {
		return nil, err
	}
	k.conn = conn
	s.mu.Lock()
	defer s.mu.Unlock()
	s.links[k] = true
	return k, nil
}

// call lets f make one request, and returns when it is answered or ctx is done. The
// library knows no contexts and queues what it cannot send, so a call waits for a
// connection first: what fails with errUnsent was never sent. A call that is given up
// leaves a goroutine behind, which ends with the connection; there are maxCalls at most.
func (k *link) call(ctx context.Context, f func(*zk.Conn) (any, error)) (any, error) {
	if err := k.enter(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnsent, err)
	}
	begun := k.line.since()
	type answer struct {
		value any
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		defer func() { <-k.slots }()
		value, err := f(k.conn)
		answered <- answer{value, err}
	}()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			k.line.drop(begun) // another server may answer the next call
		}
		return nil, context.Cause(ctx)
	}
}

// enter waits for a connection and a slot.
func (k *link) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, err := k.line.connected(ctx); err != nil {
		return err
	}
	select {
	case k.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// authenticate sends the credentials. The library sends them again on each further
// connection, before anything else.
func (k *link) authenticate(ctx context.Context, auth []Auth) error {
	for _, a := range auth {
		if _, err := k.call(ctx, func(c *zk.Conn) (any, error) { return nil, c.AddAuth(a.Scheme, a.Credentials) }); err != nil {
			return err
		}
	}
	return nil
}

// close ends the ZooKeeper session if there is a connection, within about a second, and
// then the library's goroutines.
func (k *link) close() {
	if !k.line.linked() {
		k.line.end() // else the library would wait for a connection
	}
	k.conn.Close()
	k.line.end()
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	delete(k.s.links, k)
}
