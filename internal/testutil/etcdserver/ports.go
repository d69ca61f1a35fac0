package etcdserver

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports come from below the ranges that operating systems take for outgoing
// connections (Linux from 32768, others from 49152). A port that the system picks
// (":0") could be taken by any outgoing connection while its member is down, and the
// member could not be restarted on it.
const (
	firstPort = 20000
	lastPort  = 32767
)

// freePorts returns n different ports on 127.0.0.1 that nobody listens on now. Another
// process may still take one before it is used; Start then begins again.
func freePorts(n int) ([]int, error) {
	var ports []int
	for _, offset := range rand.Perm(lastPort - firstPort + 1) {
		if len(ports) == n {
			return ports, nil
		}
		port := firstPort + offset
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
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
