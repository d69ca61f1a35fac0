package process

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports come from below the ranges that operating systems take for outgoing
// connections (Linux from 32768, others from 49152). A port that the system picks
// (":0") could be taken by any outgoing connection while its server is down, and the
// server could not be restarted on it. They end so early that a server which also takes
// the port 10,000 above, as Redis Cluster does, stays below those ranges too.
const (
	firstPort = 10000
	lastPort  = 22767
)

// portAttempts is how many sets of ports WithPorts tries.
const portAttempts = 5

// ErrPortTaken says that another process listens on a port of the server.
var ErrPortTaken = errors.New("a port of the server is taken by another process")

// WithPorts calls start with n different ports on 127.0.0.1 that nobody listens on, and
// again with others as long as it returns ErrPortTaken, five times at most.
func WithPorts[S any](n int, start func(ports []int) (S, error)) (S, error) {
	return withPorts(n, freePorts, start)
}

func withPorts[S any](n int, choose func(int) ([]int, error), start func([]int) (S, error)) (S, error) {
	for attempt := 1; ; attempt++ {
		ports, err := choose(n)
		if err != nil {
			var none S
			return none, err
		}
		s, err := start(ports)
		if err == nil || attempt == portAttempts || !errors.Is(err, ErrPortTaken) {
			return s, err
		}
	}
}

// Local returns the address 127.0.0.1:port.
func Local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePorts returns ports that nobody listens on now. Another process may still take
// one before it is used.
func freePorts(n int) ([]int, error) {
	var ports []int
	for _, offset := range rand.Perm(lastPort - firstPort + 1) {
		if len(ports) == n {
			return ports, nil
		}
		port := firstPort + offset
		l, err := net.Listen("tcp", Local(port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return nil, fmt.Errorf("fewer than %d free ports between %d and %d", n, firstPort, lastPort)
}
