package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
	"github.com/tenure-go/tenure/membership"
)

// commandEnv makes the test binary the program itself.
const commandEnv = "SINGLETON_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(commandEnv) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// ticker waits for ticks in a program's output, and passes over other lines.
type ticker struct {
	t     *testing.T
	ticks chan tickLine
}

type tickLine struct {
	n     int
	name  string
	token uint64
}

func newTicker(t *testing.T, out io.Reader) *ticker {
	k := &ticker{t, make(chan tickLine, 1000)}
	go func() {
		defer close(k.ticks)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var l tickLine
			if _, err := fmt.Sscanf(lines.Text(), "tick %d of %s under token %d", &l.n, &l.name, &l.token); err == nil {
				k.ticks <- l
			}
		}
	}()
	return k
}

// first waits for the next tick, which must be the first of a term of name
// under a larger token.
func (k *ticker) first(name string, larger uint64) uint64 {
	k.t.Helper()
	select {
	case l, ok := <-k.ticks:
		if !ok || l.n != 1 || l.name != name || l.token <= larger {
			k.t.Fatalf("got %+v (%v), want the first tick of %s under a token above %d", l, ok, name, larger)
		}
		return l.token
	case <-time.After(30 * time.Second):
		k.t.Fatalf("%s does not lead", name)
		return 0
	}
}

func TestRun_TheNextLeaderHasALargerToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		start := func(name string) (*ticker, func()) {
			ctx, cancel := context.WithCancel(t.Context())
			in, out := io.Pipe()
			ended := make(chan error, 1)
			go func() {
				ended <- run(ctx, store, membership.Config{Name: name, TTL: 5 * time.Second, Clock: membership.MonotonicClock()}, log.New(out, "", 0))
				_ = out.Close() // it never fails
			}()
			return newTicker(t, in), func() {
				cancel()
				if err := <-ended; err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		one, stopOne := start("one")
		token := one.first("one", 0)
		two, stopTwo := start("two")
		time.Sleep(10 * time.Second)
		if len(two.ticks) > 0 {
			t.Error("two works while one leads")
		}
		stopOne()
		two.first("two", token)
		stopTwo()
	})
}

func TestMain_TakesOverOnRealEtcd(t *testing.T) {
	t.Parallel()
	takesOver(t, "etcd://"+etcdtest.Start(t, etcdserver.Options{}).Endpoints()[0])
}

func TestMain_TakesOverOnAFile(t *testing.T) {
	t.Parallel()
	takesOver(t, "sqlite:"+t.TempDir()+"/singleton.db?migrate=true")
}

func takesOver(t *testing.T, address string) {
	start := func(name string) (*ticker, *exec.Cmd) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-backend", address, "-name", name, "-ttl", "5s")
		cmd.Env = append(os.Environ(), commandEnv+"=1")
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return newTicker(t, out), cmd
	}
	end := func(k *ticker, cmd *exec.Cmd, signal syscall.Signal) error {
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		for range k.ticks { // to the end of its output, which Wait would cut off
		}
		return cmd.Wait()
	}

	one, first := start("one")
	token := one.first("one", 0)
	two, second := start("two")
	_ = end(one, first, syscall.SIGKILL) // killed, of course
	token = two.first("two", token)
	three, third := start("three")
	if err := end(two, second, syscall.SIGTERM); err != nil {
		t.Errorf("two: %v", err)
	}
	three.first("three", token)
	if err := end(three, third, syscall.SIGTERM); err != nil {
		t.Errorf("three: %v", err)
	}
}
