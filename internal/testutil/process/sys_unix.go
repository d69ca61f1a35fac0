//go:build unix && !linux

package process

import (
	"os/exec"
	"syscall"
)

// detach: there is no parent-death signal here. The server stays in the process group
// of the program, so that at least Ctrl-C ends it.
func detach(*exec.Cmd, syscall.Signal) {}

func (p *Process) pause() error  { return p.signal(syscall.SIGSTOP) }
func (p *Process) resume() error { return p.signal(syscall.SIGCONT) }
