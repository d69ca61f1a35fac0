package process

import (
	"errors"
	"net"
	"slices"
	"testing"
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

// The race that every start must survive: a port is free when it is chosen and taken
// when the server listens.
func TestWithPorts_TriesOtherPortsWhenOneIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", Local(0))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	choices := 0
	choose := func(n int) ([]int, error) {
		free, err := freePorts(n)
		if choices++; choices == 1 && err == nil {
			free[0] = taken.Addr().(*net.TCPAddr).Port
		}
		return free, err
	}
	listen := func(ports []int) (net.Listener, error) {
		l, err := net.Listen("tcp", Local(ports[0]))
		if err != nil {
			return nil, ErrPortTaken
		}
		return l, nil
	}
	l, err := withPorts(1, choose, listen)
	if err != nil || choices != 2 {
		t.Fatalf("withPorts = %v after %d choices, want nil after 2", err, choices)
	}
	_ = l.Close()

	choices = 0
	refuse := errors.New("no")
	if _, err := withPorts(1, choose, func([]int) (int, error) { return 0, refuse }); !errors.Is(err, refuse) || choices != 1 {
		t.Errorf("withPorts = %v after %d choices, want another error at once", err, choices)
	}
	choices = 0
	if _, err := withPorts(1, choose, func([]int) (int, error) { return 0, ErrPortTaken }); !errors.Is(err, ErrPortTaken) || choices != portAttempts {
		t.Errorf("withPorts = %v after %d choices, want ErrPortTaken after %d", err, choices, portAttempts)
	}
}
