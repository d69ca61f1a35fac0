//go:build !unix

package process

import (
	"errors"
	"os/exec"
	"syscall"
)

func detach(*exec.Cmd, syscall.Signal) {}

func (p *Process) pause() error  { return errors.ErrUnsupported }
func (p *Process) resume() error { return errors.ErrUnsupported }
