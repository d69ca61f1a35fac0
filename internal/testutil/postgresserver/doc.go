// Package postgresserver runs a real PostgreSQL server for tests.
//
// [Start] makes a cluster of databases in a temporary directory and starts it on a
// free port of 127.0.0.1. A [Server] can be killed, stopped and started again on its
// data and its port, also as a standby that serves reads only. The package uses the
// standard library only. Tests start servers with package postgrestest, which skips or
// fails when the binaries are absent.
//
// PostgreSQL refuses to run as root. A test that does runs the server as the system
// user "postgres" or else "nobody", which owns the temporary directory.
//
// The server is fast and careless: it does not sync its files, so the data survives
// the death of a process, not that of the machine. Never use it for real data.
package postgresserver
