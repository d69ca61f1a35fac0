// Package etcdserver runs real etcd processes for tests, examples and commands.
//
// [Start] starts one or three members on free ports of 127.0.0.1 with their data in
// a temporary directory. A [Member] can be killed, stopped, paused and started again
// on its data and its port, so that a test can do to it what a bad day does.
// The package uses the standard library only. Tests start clusters with package
// etcdtest, which skips or fails when the binary is absent.
//
// The server is fast and careless: it does not sync its files, so the data survives
// the death of a process, not that of the machine. Never use it for real data.
package etcdserver
