// Package mariadbserver runs a real MariaDB server for tests.
//
// [Start] makes a data directory in a temporary folder and starts the server on a free
// port of 127.0.0.1. A [Server] can be killed, stopped, frozen and started again on its
// data and its port. Tests start servers with package mariadbtest, which skips or fails
// when the binaries are absent.
//
// A test that runs as root runs the server as the system user "mysql" or else "nobody",
// which owns the temporary folder.
//
// The server is fast and careless: it does not sync its files, so the data survives the
// death of a process, not that of the machine. Never use it for real data.
package mariadbserver
