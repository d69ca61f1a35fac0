package etcdserver

import (
	"net"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/internal/testutil"
)

func TestFreePorts_AreDifferentAndStayClearOfOutgoingConnections(t *testing.T) {
	t.Parallel()
	ports, err := freePorts(50)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ports)
	if n := len(slices.Compact(slices.Clone(ports))); n != 50 {
		t.Errorf("%d different ports, want 50", n)
	}
	if ports[0] < firstPort || ports[len(ports)-1] > lastPort {
		t.Errorf("ports from %d to %d, want them within %d to %d", ports[0], ports[len(ports)-1], firstPort, lastPort)
	}
}

// The race that Start must survive: a port is free when it is chosen and taken when the
// member listens.
func TestStart_TriesOtherPortsWhenOneIsTaken(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skipf("-short runs no servers")
	}
	binary, err := Binary()
	if err != nil {
		testutil.Missing(t, "etcd", err.Error())
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	calls := 0
	ports := func(n int) ([]int, error) {
		free, err := freePorts(n)
		if calls++; calls == 1 && err == nil {
			free[0] = taken.Addr().(*net.TCPAddr).Port
		}
		return free, err
	}
	c, err := start(t.Context(), binary, Options{}, ports)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if calls != 2 {
		t.Errorf("ports were chosen %d times, want twice", calls)
	}
}

func TestVersion_IsTheOneThatToolsPins(t *testing.T) {
	t.Parallel()
	const path = "../../../tools/etcd/go.mod"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pin := regexp.MustCompile(`(?m)^\s*go\.etcd\.io/etcd/server/v3 (v\S+)`).FindSubmatch(text)
	if pin == nil {
		t.Fatalf("%s pins no go.etcd.io/etcd/server/v3", path)
	}
	if got := string(pin[1]); got != Version {
		t.Errorf("%s pins %s, but Version is %s: change both", path, got, Version)
	}
}
