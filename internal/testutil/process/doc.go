// Package process runs server programs for tests: each dies with the program that
// started it, can be killed, stopped in order, frozen and started again, and writes one
// log over all its runs. The packages of the single servers, such as etcdserver, say
// what they start.
package process
