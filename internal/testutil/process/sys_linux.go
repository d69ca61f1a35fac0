package process

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// detach makes the server die with this process, also after SIGKILL, and puts it into a
// process group of its own: Ctrl-C in a terminal reaches the program, which may still
// need the server to leave in order.
func detach(cmd *exec.Cmd, death syscall.Signal) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig, cmd.SysProcAttr.Setpgid = death, true
}

// pause waits until the kernel reports the stop, which it does when the last thread
// stands still. Without that, a server of several threads answers for a moment more:
//
//	test                      thread A of the server    thread B
//	kill(SIGSTOP) returns     stopped                   runs until its next interrupt
//	put "k"                                             writes and answers
func (p *Process) pause() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		// WNOWAIT leaves the report in place, so that a second pause finds it too.
		err := unix.Waitid(unix.P_PID, p.os.Pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil)
		switch err {
		case nil:
			return nil
		case unix.EINTR:
		case unix.ECHILD:
			return ErrNotRunning
		default:
			return err
		}
	}
}

func (p *Process) resume() error { return p.signal(syscall.SIGCONT) }
