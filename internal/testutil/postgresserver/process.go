package postgresserver

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// The server takes SIGQUIT for an end without a checkpoint, which it makes good when it
// starts again, and SIGINT for one in order. SIGKILL would leave its children behind.
const (
	quit      = syscall.SIGQUIT
	interrupt = syscall.SIGINT
)

// process is one run of the server. It is owned by the goroutine of run, which ends
// with the process.
type process struct {
	pid     int           // set before started is closed
	os      *os.Process   // likewise; nil if it could not be started
	err     error         // likewise: why it could not be started
	started chan struct{} // closed when the process runs or could not be started
	done    chan struct{} // closed when the process is gone
}

func startProcess(binary string, args []string, dir, logPath string, as *identity) (*process, error) {
	p := &process{started: make(chan struct{}), done: make(chan struct{})}
	go p.run(binary, args, dir, logPath, as)
	<-p.started
	return p, p.err
}

// run keeps its thread until the server is gone: the parent-death signal of Linux is
// tied to the thread that started the child.
func (p *process) run(binary string, args []string, dir, logPath string, as *identity) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.done)
	log, err := os.OpenFile(logPath, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		p.err = err
		close(p.started)
		return
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = dir, log, log, sysProcAttr(as)
	if err := cmd.Start(); err != nil {
		p.err = err
		close(p.started)
		return
	}
	p.os, p.pid = cmd.Process, cmd.Process.Pid
	close(p.started)
	_ = cmd.Wait() // ends with an error after every signal; the log tells the rest
}

func (p *process) exited() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// end sends a signal and waits until the process is gone.
func (p *process) end(sig os.Signal) error {
	if err := p.os.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.done
	return nil
}
