package zookeeper

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

func start(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestRevision_IsReadBackAndNothingElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := version{life(rapid.SliceOfN(rapid.Byte(), lifeSize, lifeSize).Draw(t, "life")), rapid.Int32().Draw(t, "number")}
		if got, ok := parseRevision(v.revision()); !ok || got != v {
			t.Errorf("%+v became %+v, %v", v, got, ok)
		}
		text := backends.Revision(rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9A-F]{16}-[+0-9]{1,12}`)).Draw(t, "text"))
		if v, ok := parseRevision(text); ok && v.revision() != text {
			t.Errorf("%q was read as %+v", text, v)
		}
	})
}

func TestDecode_TakesWhatEncodeMade(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value, l := rapid.SliceOf(rapid.Byte()).Draw(t, "value"), newLife()
		r, err := decode("k", encode(l, value), &zk.Stat{Version: 7})
		if err != nil || !bytes.Equal(r.Value, value) || r.Revision != (version{l, 7}).revision() {
			t.Errorf("%x became %+v, %v", value, r, err)
		}
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		r, err = decode("k", data, &zk.Stat{})
		if record := err == nil && r.Revision != backends.Absent; record != (strings.HasPrefix(string(data), mark) && len(data) >= len(mark)+lifeSize) {
			t.Errorf("%x became %+v, %v", data, r, err)
		}
	})
}

func TestFitting_StaysBelowTheServersLimit(t *testing.T) {
	t.Parallel()
	s := &Store{o: Options{Namespace: "/" + strings.Repeat("n", MaxNamespaceBytes), ACL: zk.WorldACL(zk.PermAll)}}
	rapid.Check(t, func(t *rapid.T) {
		var writes []backends.Write
		for i, size := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(0, maxValue)), 1, 120).Draw(t, "sizes") {
			key := backends.Key(fmt.Sprint(strings.Repeat("k", 200), "/", i))
			writes = append(writes, backends.Write{Key: key, Value: make([]byte, size), IfDead: backends.NewSessionID()})
		}
		n := s.fitting(writes)
		size := 0
		for _, op := range s.transaction(s.items(writes[:n], make([]backends.Result, n))) {
			switch op := op.(type) { // strings and bytes with their lengths, an ACL, flags, a header
			case *zk.CreateRequest:
				size += 4 + len(op.Path) + 4 + len(op.Data) + 40 + 4 + 9
			case *zk.DeleteRequest:
				size += 4 + len(op.Path) + 4 + 9
			}
		}
		if n < 1 || n > maxBatch || size > 0xfffff-1000 {
			t.Errorf("%d items of %d bytes in one transaction", n, size)
		}
	})
}

// swapped is a connection to a server that gives the session another number.
type swapped struct {
	net.Conn
	seen *int
	id   int64
}

func (s *swapped) Read(p []byte) (int, error) {
	n, err := io.ReadFull(s.Conn, p)
	if *s.seen++; *s.seen == 2 { // the answer without its length: version, timeout, number
		binary.BigEndian.PutUint64(p[8:], uint64(s.id))
	}
	return n, err
}

func TestRenew_AnotherSessionIsALostOne(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	for _, id := range []int64{0, 4711} {
		var swap atomic.Bool
		s := start(t, Options{Servers: []string{server.Addr()}, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err == nil && swap.Load() {
				return &swapped{conn, new(int), id}, nil
			}
			return conn, err
		}})
		session := storetest.OpenSession(t, s, 30*time.Second)
		swap.Store(true)
		if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
			t.Errorf("Renew that got session %d: %v, want ErrSessionLost", id, err)
		}
		swap.Store(false)
		if _, err := session.Renew(t.Context()); !errors.Is(err, backends.ErrSessionLost) {
			t.Errorf("Renew after a session was lost: %v, want ErrSessionLost", err)
		}
	}
}

// A node that has lost trust in a session leaves it to expire, and keeps only the store.
func TestSession_LeavesNothingBehindWhenDropped(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	s := start(t, Options{Servers: []string{server.Addr()}})
	links := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.links)
	}
	before := links()
	for range 3 {
		if _, _, err := s.OpenSession(t.Context(), backends.SessionSpec{TTL: 30 * time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	ticker, deadline := time.NewTicker(20*time.Millisecond), time.After(20*time.Second)
	defer ticker.Stop()
	for links() > before {
		runtime.GC()
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("%d links are left of 3 sessions that were dropped", links()-before)
		}
	}
}

// Calls that run out of time together leave the silent server once: with two servers, to
// leave it twice is to come back.
func TestDrop_TurnsToTheNextServerOnce(t *testing.T) {
	t.Parallel()
	l := newLine(nil, []string{"a:1", "b:1"}, new(atomic.Int32), false)
	client, server := net.Pipe()
	t.Cleanup(func() { _ = server.Close() })
	w := &wire{Conn: client, line: l}
	w.shaken.Store(true)
	l.begin(t.Context())
	l.wire = w
	if l.drop(0); l.wire != w {
		t.Error("a server that was heard is left")
	}
	for range 2 {
		l.drop(time.Hour)
	}
	if _, err := client.Write(nil); l.wire != nil || l.server != 1 || err == nil {
		t.Errorf("the connection is %v, the next server %d, a write says %v; want the second server", l.wire, l.server, err)
	}
}

func TestOpenSession_RefusesLessThanAskedFor(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t, "maxSessionTimeout=3000")
	s := start(t, Options{Servers: []string{server.Addr()}})
	s.maxTTL = time.Minute // as on an ensemble whose servers differ
	_, _, err := s.OpenSession(t.Context(), backends.SessionSpec{TTL: 4 * time.Second})
	if !errors.Is(err, backends.ErrUnavailable) || !strings.Contains(err.Error(), "maxSessionTimeout") {
		t.Errorf("OpenSession: %v, want ErrUnavailable that says what to do", err)
	}
	if infos, err := s.Sessions(t.Context()); err != nil || len(infos) > 0 {
		t.Errorf("listed %+v, %v; want nothing", infos, err)
	}
}

func TestSettled_RefusesAChangeOfSession(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	s := start(t, Options{Servers: []string{server.Addr()}})
	err := s.settled(t.Context(), nil, func() error {
		s.data.line.mu.Lock()
		defer s.data.line.mu.Unlock()
		s.data.line.session++
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("settled: %v, want an error", err)
	}
}

// What was read before a connection broke may be old news after it: nothing is kept.
func TestHints_KeepNothingOverANewConnection(t *testing.T) {
	t.Parallel()
	h := newHints()
	h.add(&listener{wants: func(string) bool { return true }, tell: func() {}})
	w := watched{path: "/k"}
	k, first := h.claim(w)
	if h.keep(w, k, content{names: []string{"a"}}); !first {
		t.Fatal("the first claim does not set the watch")
	}
	if _, ok := h.kept(w); !ok {
		t.Error("an answer is not kept")
	}
	h.take(zk.Event{Type: zk.EventSession, State: zk.StateHasSession})
	if _, ok := h.kept(w); ok {
		t.Error("an answer is kept over a new connection")
	}
	if h.keep(w, k, content{}); h.set[w].read {
		t.Error("an answer from before it is kept afterwards")
	}
	k, first = h.claim(w)
	if h.keep(w, k, content{}); first {
		t.Error("the library's watch is set a second time")
	}
	h.take(zk.Event{Type: zk.EventNodeDataChanged, Path: "/k"})
	if _, ok := h.kept(w); ok {
		t.Error("an answer is kept although its watch has fired")
	}
	if h.keep(w, k, content{}); h.set[w] != nil {
		t.Error("an answer is kept whose watch fired before it came")
	}
}

// counted counts the requests of a connection: the library writes each at once.
type counted struct {
	net.Conn
	writes *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

func TestWatch_IdleCostsNothingPerRecord(t *testing.T) {
	t.Parallel()
	server := zookeepertest.Start(t)
	var writes atomic.Int64
	s := start(t, Options{Servers: []string{server.Addr()}, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return counted{conn, &writes}, err
	}})
	const records = 300
	var all []backends.Write
	for i := range records {
		all = append(all, backends.Write{Key: backends.Key(fmt.Sprint("d/", i))})
	}
	if _, err := s.Write(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	events, err := s.Watch(t.Context(), time.Minute, backends.InDir("d/"), backends.AtKey("k"), backends.AllSessions())
	if err != nil {
		t.Fatal(err)
	}
	for e := range events {
		if e.Kind == backends.Synced {
			break
		}
	}
	<-time.After(time.Second)
	before := writes.Load()
	<-time.After(5 * time.Second)
	if n := writes.Load() - before; n < 6 || n > 30 {
		t.Errorf("%d requests in 5 idle seconds, of a watch of %d records; want some 10, polls and pings", n, records)
	}
}
