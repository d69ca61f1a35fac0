//go:build !linux

package redisserver

import "syscall"

// sysProcAttr: there is no parent-death signal here. The server stays in the process
// group of the program, so that at least Ctrl-C ends it.
func sysProcAttr() *syscall.SysProcAttr { return nil }
