package tcpproxy_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

// silence is how long a test listens before it believes that nothing comes.
const silence = 150 * time.Millisecond

// echo returns the address of a server that sends back what it gets, and what
// it has heard so far.
func echo(t *testing.T) (addr string, heard chan []byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	heard = make(chan []byte, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				for {
					b := make([]byte, 1024)
					n, err := conn.Read(b)
					if err != nil {
						heard <- nil
						return
					}
					heard <- b[:n]
					if _, err := conn.Write(b[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String(), heard
}

func start(t *testing.T, target string) *tcpproxy.Proxy {
	t.Helper()
	p, err := tcpproxy.Start(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

func dial(t *testing.T, p *tcpproxy.Proxy) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatalf("send %q: %v", text, err)
	}
}

// expect reads exactly text within 10 s.
func expect(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	got := make([]byte, len(text))
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, []byte(text)) {
		t.Fatalf("read %q, %v, want %q", got, err, text)
	}
}

// expectSilence fails if anything arrives, also an end or a reset.
func expectSilence(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(silence))
	n, err := conn.Read(make([]byte, 1))
	if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read %d bytes, %v, want silence", n, err)
	}
}

// expectReset fails unless the connection ends with RST.
func expectReset(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.Copy(io.Discard, conn); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("read: %v, want a reset", err)
	}
}

func hears(t *testing.T, heard chan []byte, want string) {
	t.Helper()
	select {
	case got := <-heard:
		if string(got) != want {
			t.Fatalf("the target heard %q, want %q", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("the target heard nothing, want %q", want)
	}
}

func hearsNothing(t *testing.T, heard chan []byte) {
	t.Helper()
	select {
	case got := <-heard:
		t.Fatalf("the target heard %q", got)
	case <-time.After(silence):
	}
}

func TestProxy_PassesBytesAndEnds(t *testing.T) {
	t.Parallel()
	addr, heard := echo(t)
	conn := dial(t, start(t, addr))
	send(t, conn, "hello")
	expect(t, conn, "hello")
	hears(t, heard, "hello")
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	hears(t, heard, "")
	if rest, err := io.ReadAll(conn); len(rest) > 0 || err != nil {
		t.Fatalf("read %q, %v, want the end", rest, err)
	}
}

func TestCut_IsSilentBothWaysAndForNewConnections(t *testing.T) {
	t.Parallel()
	addr, heard := echo(t)
	p := start(t, addr)
	conn, closed := dial(t, p), dial(t, p)
	for _, c := range []net.Conn{conn, closed} {
		send(t, c, "a")
		expect(t, c, "a")
		hears(t, heard, "a")
	}
	p.Cut()
	send(t, conn, "b")
	expectSilence(t, conn)
	fresh := dial(t, p)
	send(t, fresh, "c")
	expectSilence(t, fresh)
	_ = closed.Close()
	hearsNothing(t, heard)

	p.Restore()
	expectReset(t, conn)
	expectReset(t, fresh)
	again := dial(t, p)
	send(t, again, "d")
	expect(t, again, "d")
}

func TestCut_RefusesNothingWhileTheTargetIsDown(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	p := start(t, l.Addr().String())
	p.Cut()
	conn := dial(t, p)
	expectSilence(t, conn)
	p.Restore()
	expectReset(t, conn)
}

func TestCutReplies_LetsRequestsThrough(t *testing.T) {
	t.Parallel()
	addr, heard := echo(t)
	p := start(t, addr)
	conn := dial(t, p)
	p.CutReplies()
	send(t, conn, "a")
	hears(t, heard, "a")
	expectSilence(t, conn)
}

func TestCutRequests_LetsRepliesThrough(t *testing.T) {
	t.Parallel()
	addr, heard := echo(t)
	p := start(t, addr)
	conn := dial(t, p)
	p.Hold()
	send(t, conn, "a")
	hears(t, heard, "a")
	p.CutRequests()
	send(t, conn, "b")
	hearsNothing(t, heard)
	p.Release()
	expect(t, conn, "a")
	expectSilence(t, conn)
}

func TestHold_KeepsRepliesAndTheirOrder(t *testing.T) {
	t.Parallel()
	addr, heard := echo(t)
	p := start(t, addr)
	conn := dial(t, p)
	p.Hold()
	send(t, conn, "a")
	hears(t, heard, "a")
	send(t, conn, "b")
	hears(t, heard, "b")
	expectSilence(t, conn)
	p.Release()
	expect(t, conn, "ab")
}

func TestDelay_KeepsTheOrderAndDelaysEachReplyByAsMuch(t *testing.T) {
	t.Parallel()
	const delay = 400 * time.Millisecond
	addr, heard := echo(t)
	p := start(t, addr)
	conn := dial(t, p)
	p.Delay(delay)
	begun := time.Now()
	send(t, conn, "a")
	hears(t, heard, "a")
	send(t, conn, "b")
	expect(t, conn, "ab")
	// Delays that added up would take 800 ms; the middle leaves room for a busy machine.
	if took := time.Since(begun); took < delay || took >= 2*delay {
		t.Errorf("two replies took %v, want %v and a little", took, delay)
	}
	p.Delay(0)
	begun = time.Now()
	send(t, conn, "c")
	expect(t, conn, "c")
	if took := time.Since(begun); took >= delay {
		t.Errorf("a reply without delay took %v", took)
	}
}

func TestCut_LosesRepliesThatAreOnTheirWay(t *testing.T) {
	t.Parallel()
	addr, heard := echo(t)
	p := start(t, addr)
	conn := dial(t, p)
	p.Delay(silence / 3)
	send(t, conn, "a")
	hears(t, heard, "a")
	p.Cut()
	expectSilence(t, conn)
}

func TestSilence_IsForOpenConnectionsOnly(t *testing.T) {
	t.Parallel()
	addr, heard := echo(t)
	p := start(t, addr)
	conn := dial(t, p)
	send(t, conn, "a")
	expect(t, conn, "a")
	hears(t, heard, "a")
	p.Silence()
	send(t, conn, "b")
	expectSilence(t, conn)
	hearsNothing(t, heard)
	again := dial(t, p)
	send(t, again, "c")
	expect(t, again, "c")
	p.Restore()
	expectReset(t, conn)
	send(t, again, "d")
	expect(t, again, "d")
}

func TestReset_EndsConnectionsAndNotTheProxy(t *testing.T) {
	t.Parallel()
	addr, _ := echo(t)
	p := start(t, addr)
	conn := dial(t, p)
	send(t, conn, "a")
	expect(t, conn, "a")
	p.Reset()
	expectReset(t, conn)
	again := dial(t, p)
	send(t, again, "b")
	expect(t, again, "b")
}

func TestRestore_KeepsConnectionsThatLostNothing(t *testing.T) {
	t.Parallel()
	addr, _ := echo(t)
	p := start(t, addr)
	conn := dial(t, p)
	send(t, conn, "a")
	expect(t, conn, "a")
	p.Cut()
	p.Restore()
	send(t, conn, "b")
	expect(t, conn, "b")
}

func TestClose_EndsEverything(t *testing.T) {
	t.Parallel()
	addr, _ := echo(t)
	p := start(t, addr)
	conn := dial(t, p)
	p.Cut()
	p.Hold()
	send(t, conn, "a")
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	expectReset(t, conn)
	if c, err := net.Dial("tcp", p.Addr()); err == nil {
		_ = c.Close()
		t.Error("the proxy still listens")
	}
}
