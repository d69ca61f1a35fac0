package etcdserver_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
)

// orphanEnv turns the test binary into a program that starts a cluster, prints its
// endpoint and waits to be killed.
const orphanEnv = "TENURE_TEST_ORPHAN"

func TestMain(m *testing.M) {
	if os.Getenv(orphanEnv) == "" {
		os.Exit(m.Run())
	}
	c, err := etcdserver.Start(context.Background(), etcdserver.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(c.Endpoints()[0])
	// Wait for a signal; without one, end with the standard input, that is with the test.
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestStart_MembersDieWithAKilledParent(t *testing.T) {
	t.Parallel()
	etcdtest.Require(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orphanEnv+"=1", "TMPDIR="+t.TempDir())
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	must(t, "stdout", err)
	_, err = cmd.StdinPipe()
	must(t, "stdin", err)
	must(t, "start the parent", cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(t, "read the endpoint", err)
	must(t, "kill the parent", cmd.Process.Kill())
	_ = cmd.Wait() // it was killed

	endpoint := strings.TrimSpace(line)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(10 * time.Second)
	for {
		conn, err := net.Dial("tcp", endpoint)
		if err != nil {
			return
		}
		_ = conn.Close()
		select {
		case <-deadline:
			t.Fatalf("etcd still listens on %s 10 s after its parent was killed", endpoint)
		case <-ticker.C:
		}
	}
}
