package process_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/process"
)

// roleEnv turns the test binary into one of the programs that the tests run.
const roleEnv = "TENURE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role, addr, _ := strings.Cut(os.Getenv(roleEnv), "="); role {
	case "":
		os.Exit(m.Run())
	case "server":
		serve(addr)
	case "parent":
		r := process.NewRunner("child", os.Getenv("TENURE_TEST_LOG"))
		if _, err := r.Start(command("server=" + addr)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("started")
		// Wait for a signal; without one, end with the standard input, that is with the test.
		_, _ = os.Stdin.Read(make([]byte, 1))
	}
}

// serve keeps all threads busy and tells every caller how often they went round.
func serve(addr string) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("listening")
	var rounds atomic.Int64
	for range 2 * runtime.NumCPU() {
		go func() {
			for {
				rounds.Add(1)
			}
		}()
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			os.Exit(1)
		}
		_, _ = fmt.Fprintln(conn, rounds.Load())
		_ = conn.Close()
	}
}

func command(role string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"="+role)
	return cmd
}

// start starts the server on a free port.
func start(t *testing.T) (r *process.Runner, addr string) {
	t.Helper()
	r = process.NewRunner("server", filepath.Join(t.TempDir(), "log"))
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	addr, err := process.WithPorts(1, func(ports []int) (string, error) {
		addr := process.Local(ports[0])
		return addr, restart(t, r, addr)
	})
	if err != nil {
		t.Fatalf("start: %v; log: %s", err, r.Log())
	}
	return r, addr
}

func restart(t *testing.T, r *process.Runner, addr string) error {
	p, err := r.Start(command("server=" + addr))
	if err != nil {
		return err
	}
	return p.Wait(t.Context(), process.Listens(addr))
}

// answer returns what the server says within 100 ms.
func answer(addr string) (string, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		return "", err
	}
	return bufio.NewReader(conn).ReadString('\n')
}

func TestRunner_RunsAgainOnItsPortAndAppendsToItsLog(t *testing.T) {
	t.Parallel()
	r, addr := start(t)
	for name, end := range map[string]func() error{"kill": r.Kill, "stop": r.Stop} {
		if err := restart(t, r, addr); !errors.Is(err, process.ErrRunning) {
			t.Errorf("start of a running server = %v, want ErrRunning", err)
		}
		if err := end(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := answer(addr); err == nil {
			t.Errorf("%s: the server still answers", name)
		}
		for again, call := range map[string]func() error{"kill": r.Kill, "stop": r.Stop, "pause": r.Pause, "resume": r.Resume} {
			if err := call(); !errors.Is(err, process.ErrNotRunning) {
				t.Errorf("%s after %s = %v, want ErrNotRunning", again, name, err)
			}
		}
		if err := restart(t, r, addr); err != nil {
			t.Fatalf("start after %s: %v", name, err)
		}
	}
	if n := strings.Count(r.Log(), "listening"); n != 3 {
		t.Errorf("the log tells of %d starts, want 3:\n%s", n, r.Log())
	}
	for range 2 {
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := restart(t, r, addr); !errors.Is(err, process.ErrClosed) {
		t.Errorf("start after Close = %v, want ErrClosed", err)
	}
}

func TestRunner_PauseStopsAllThreadsBeforeItReturns(t *testing.T) {
	t.Parallel()
	r, addr := start(t)
	for range 5 {
		if err := errors.Join(r.Pause(), r.Pause()); err != nil { // a second one finds it paused
			t.Fatal(err)
		}
		if text, err := answer(addr); err == nil {
			t.Fatalf("a paused server answers %q", text)
		}
		if err := r.Resume(); err != nil {
			t.Fatal(err)
		}
		if _, err := answer(addr); err != nil {
			t.Fatalf("a resumed server does not answer: %v", err)
		}
	}
	if err := errors.Join(r.Pause(), r.Stop()); err != nil {
		t.Errorf("stop while paused: %v", err)
	}
	if err := restart(t, r, addr); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Pause(), r.Kill()); err != nil {
		t.Errorf("kill while paused: %v", err)
	}
}

func TestRunner_SaysWhyAProgramDoesNotStart(t *testing.T) {
	t.Parallel()
	r := process.NewRunner("shop", filepath.Join(t.TempDir(), "log"))
	if _, err := r.Start(exec.Command("/no/such/program")); !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "shop: ") {
		t.Errorf("start = %v, want the name and os.ErrNotExist", err)
	}
	if err := r.Kill(); !errors.Is(err, process.ErrNotRunning) {
		t.Errorf("kill = %v, want ErrNotRunning", err)
	}
}

func TestWait_EndsWithTheProcessAndWithTheContext(t *testing.T) {
	t.Parallel()
	r := process.NewRunner("server", filepath.Join(t.TempDir(), "log"))
	p, err := r.Start(command("server=256.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	refuse := errors.New("not yet")
	never := func(context.Context) error { return refuse }
	if err := p.Wait(t.Context(), never); !errors.Is(err, process.ErrExited) {
		t.Errorf("wait for a process that ended = %v, want ErrExited", err)
	}
	r, addr := start(t)
	_ = r.Kill()
	p, err = r.Start(command("server=" + addr))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Wait(ctx, never); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, refuse) {
		t.Errorf("wait = %v, want the deadline and the last answer", err)
	}
}

func TestAwait_TellsWhyTheServerDoesNotAnswer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	never := func(context.Context) error { return errors.New("not yet") }
	for addr, taken := range map[string]bool{l.Addr().String(): true, "256.0.0.1:1": false} {
		r := process.NewRunner("shop", filepath.Join(t.TempDir(), "log"))
		p, err := r.Start(command("server=" + addr))
		if err != nil {
			t.Fatal(err)
		}
		err = r.Await(t.Context(), p, addr, "address already in use", never)
		if !errors.Is(err, process.ErrExited) || errors.Is(err, process.ErrPortTaken) != taken {
			t.Errorf("await a server at %s: %v, want ErrExited, and ErrPortTaken: %v", addr, err, taken)
		}
		if err == nil || !strings.Contains(err.Error(), "shop at "+addr) || !strings.Contains(err.Error(), "listen tcp") {
			t.Errorf("await a server at %s: %v, want the name, the address and the log", addr, err)
		}
	}
}
