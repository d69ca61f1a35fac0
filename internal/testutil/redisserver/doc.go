// Package redisserver runs real Redis processes for tests, examples and commands.
//
// [Start] starts one server on a free port of 127.0.0.1 with its data in a temporary
// directory. A [Server] can be killed, stopped, paused and started again on its data
// and its port. The package uses the standard library only. Tests start servers with
// package redistest, which skips or fails when the binary is absent.
//
// The server keeps an append-only file that it does not sync, so its data survives
// the death of the process, not that of the machine. Never use it for real data.
package redisserver
