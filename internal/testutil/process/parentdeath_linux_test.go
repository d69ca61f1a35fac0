package process_test

import (
	"bufio"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/process"
)

func TestRunner_ServersDieWithAKilledParent(t *testing.T) {
	t.Parallel()
	r, addr := start(t)
	if err := r.Kill(); err != nil { // only its port is needed
		t.Fatal(err)
	}
	parent := command("parent=" + addr)
	parent.Env = append(parent.Env, "TENURE_TEST_LOG="+filepath.Join(t.TempDir(), "log"))
	parent.Stderr = os.Stderr
	stdout, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parent.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	_, err = bufio.NewReader(stdout).ReadString('\n')
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(10 * time.Second)
	for killed := false; err == nil; <-ticker.C {
		listens := process.Listens(addr)(t.Context()) == nil
		switch {
		case killed && !listens:
			return
		case !killed && listens:
			killed = true
			err = parent.Process.Kill()
			_ = parent.Wait() // it was killed
		}
		select {
		case <-deadline:
			t.Fatalf("10 s later the server of a killed parent listens = %v (parent killed: %v)", listens, killed)
		default:
		}
	}
	t.Fatalf("the parent: %v", err)
}
