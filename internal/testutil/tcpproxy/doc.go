// Package tcpproxy is a TCP proxy on 127.0.0.1 for tests that need a bad
// network: silence, delay, held replies, resets. It works on bytes and knows no
// protocol, so a fault can begin in the middle of a message, as on a network.
package tcpproxy
