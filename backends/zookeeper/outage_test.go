package zookeeper_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/zookeeper"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

// A connection that breaks after the server has applied a write must not make anybody
// send it again: the second copy would answer conflict.
func TestLostReply_IsUnknown(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	p := storetest.Proxy(t, server.Addr())
	store, other := client(t, "n", p.Addr()), client(t, "n", server.Addr())
	first := storetest.Try(t, store, backends.Write{Key: "d/changed"})
	writes := []backends.Write{{Key: "d/created", Value: []byte("v")}, {Key: "d/changed", Value: []byte("v"), Expect: first.Revision}}
	applied := storetest.LoseReply(t, p, store, other, writes...)
	for i, r := range storetest.Write(t, store, writes...) {
		if r.Outcome != backends.Conflict {
			t.Errorf("write %d sent again: %v %v, want conflict", i, r.Outcome, r.Err)
		}
	}
	records, err := other.Read(t.Context(), "d/created", "d/changed")
	for i := range applied {
		if err != nil || records[i].Revision != applied[i].Revision {
			t.Errorf("record %d is now %+v, %v; want %q", i, records[i], err, applied[i].Revision)
		}
	}
}

// deaf is a connection that hears the first answers only.
type deaf struct {
	net.Conn
	reads *atomic.Int32
	quit  chan struct{}
}

func (d *deaf) Read(p []byte) (int, error) {
	if d.reads.Add(-1) < 0 {
		<-d.quit
		return 0, net.ErrClosed
	}
	return d.Conn.Read(p)
}

func (d *deaf) Close() error {
	select {
	case <-d.quit:
	default:
		close(d.quit)
	}
	return d.Conn.Close()
}

// The server creates the ephemeral znode, and the answer never comes. Nobody knows the
// session, so it must not stay until its TTL of a minute is over.
func TestOpenSession_LostReplyLeavesNothing(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	other := client(t, "n", server.Addr())
	var reads atomic.Int32
	reads.Store(1 << 20)
	store := open(t, zookeeper.Options{Servers: []string{server.Addr()}, Namespace: "n", Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &deaf{conn, &reads, make(chan struct{})}, err
	}})
	reads.Store(2) // the length of the answer to the handshake, and the rest of it
	opened := make(chan error, 1)
	go func() {
		_, _, err := store.OpenSession(storetest.Within(t, 2*time.Second), backends.SessionSpec{TTL: time.Minute})
		opened <- err
	}()
	storetest.Until(t, 5*time.Second, "the znode is there", func() bool {
		infos, err := other.Sessions(t.Context())
		return err == nil && len(infos) == 1
	})
	reads.Store(1 << 20)
	if err := <-opened; !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("OpenSession without an answer: %v, want ErrUnavailable", err)
	}
	storetest.Until(t, 40*time.Second, "the znode is gone", func() bool {
		infos, err := other.Sessions(t.Context())
		return err == nil && len(infos) == 0
	})
}

func TestNew_WithoutAServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	silent := l.Addr().String()
	t.Cleanup(func() { _ = l.Close() })
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := refused.Addr().String()
	_ = refused.Close()
	for what, servers := range map[string][]string{"refused": {addr}, "silent": {silent}, "both": {addr, silent}} {
		begun := time.Now()
		_, err := zookeeper.New(storetest.Within(t, time.Second), zookeeper.Options{Servers: servers})
		if !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %v, want ErrUnavailable that names the server", what, err)
		}
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%s: New with a second took %v", what, took)
		}
	}
}

// A silent server before a good one costs a part of each call, not all of it.
func TestNew_SilentServerIsPassedOver(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	server := zookeepertest.Start(t)
	for range 4 { // the first server is chosen at random
		store, err := zookeeper.New(t.Context(), zookeeper.Options{Servers: []string{l.Addr().String(), server.Addr()}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(store.Close)
		session, _, err := store.OpenSession(storetest.Within(t, 20*time.Second), backends.SessionSpec{TTL: 30 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := session.Renew(storetest.Within(t, 10*time.Second)); err != nil {
			t.Errorf("Renew: %v", err)
		}
	}
}

func TestServer_GoneForLessThanTheTTL(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	store := client(t, "n", server.Addr())
	session := storetest.OpenSession(t, store, 30*time.Second)
	first := storetest.Try(t, store, backends.Write{Key: "d/k", Value: []byte("v")})
	events, err := store.Watch(t.Context(), time.Minute, backends.InDir("d/"), backends.AllSessions())
	if err != nil {
		t.Fatal(err)
	}
	storetest.Next(t, events, backends.Synced)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Renew(storetest.Within(t, 300*time.Millisecond)); !errors.Is(err, backends.ErrUnavailable) || errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew without a server: %v, want ErrUnavailable", err)
	}
	if _, err := store.Read(storetest.Within(t, 300*time.Millisecond), "d/k"); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Read without a server: %v, want ErrUnavailable", err)
	}
	change := backends.Write{Key: "d/k", Expect: first.Revision}
	if _, err := store.Write(storetest.Within(t, 300*time.Millisecond), change); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("Write without a server: %v, want ErrUnavailable and nothing sent", err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Renew(storetest.Within(t, 5*time.Second)); err != nil {
		t.Errorf("Renew after a restart: %v", err)
	}
	second := storetest.Try(t, store, change)
	if second.Outcome != backends.Applied {
		t.Fatalf("a write over the version from before the restart: %v %v", second.Outcome, second.Err)
	}
	if e := storetest.Next(t, events, backends.Put); e.Record.Revision != second.Revision {
		t.Errorf("the watch shows %+v, want revision %q", e.Record, second.Revision)
	}
}

func TestServer_GoneForLongerThanTheTTL(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	store := client(t, "n", server.Addr())
	session := storetest.OpenSession(t, store, time.Second)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		if _, err := session.Renew(storetest.Within(t, 300*time.Millisecond)); !errors.Is(err, backends.ErrUnavailable) {
			t.Errorf("Renew without a server: %v, want ErrUnavailable", err)
		}
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The server gives every session its whole time again when it starts.
	storetest.Until(t, 10*time.Second, "a proof of death", func() bool {
		return storetest.Try(t, store, backends.Write{Key: "k", IfDead: session.ID()}).Outcome != backends.Alive
	})
	if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
		t.Errorf("Renew of what was proven dead: %v, want ErrSessionLost", err)
	}
	if _, err := storetest.OpenSession(t, store, time.Second).Renew(t.Context()); err != nil {
		t.Errorf("Renew of the next session: %v", err)
	}
}

// Nobody but Renew keeps a session alive, although its process and its connections live.
func TestSession_IsNotKeptAliveByPings(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	store := client(t, "n", server.Addr())
	session := storetest.OpenSession(t, store, 500*time.Millisecond)
	if _, err := session.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	storetest.Until(t, 10*time.Second, "a proof of death", func() bool {
		return storetest.Try(t, store, backends.Write{Key: "k", IfDead: session.ID()}).Outcome != backends.Alive
	})
	if lived := time.Since(begun); lived > 5*time.Second {
		t.Errorf("a session of 500 ms lived for %v without a renewal", lived)
	}
}

func TestPausedServer_EveryCallEnds(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	store := client(t, "n", server.Addr())
	session := storetest.OpenSession(t, store, 30*time.Second)
	events, err := store.Watch(t.Context(), 8*time.Second, backends.AllSessions())
	if err != nil {
		t.Fatal(err)
	}
	storetest.Next(t, events, backends.Synced)
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Resume() }()
	if e := storetest.Next(t, events, backends.Failed); !errors.Is(e.Err, backends.ErrSilent) {
		t.Errorf("the watch ended with %v, want ErrSilent", e.Err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	begun := time.Now()
	_, renewErr := session.Renew(ctx)
	_, readErr := store.Read(ctx, "k")
	_, listErr := store.List(ctx, "k/")
	_, sessionsErr := store.Sessions(ctx)
	_, _, openErr := store.OpenSession(ctx, backends.SessionSpec{TTL: time.Second})
	for what, err := range map[string]error{"Renew": renewErr, "Read": readErr, "List": listErr, "Sessions": sessionsErr, "OpenSession": openErr, "Close": session.Close(ctx)} {
		if !errors.Is(err, backends.ErrUnavailable) {
			t.Errorf("%s on a paused server: %v, want ErrUnavailable", what, err)
		}
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("calls that were cancelled after 100 ms took %v", took)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Renew(storetest.Within(t, 10*time.Second)); err != nil {
		t.Errorf("Renew after the pause: %v", err)
	}
}
