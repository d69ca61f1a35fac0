package redisserver

import "syscall"

// sysProcAttr makes the server die with this process, also after SIGKILL, and puts it
// into a process group of its own: Ctrl-C in a terminal reaches the program, which may
// still need the server to leave in order.
func sysProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
