package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// ErrNotRunning is returned for a signal to a server that does not run.
var ErrNotRunning = errors.New("the server does not run: restart it first")

// ErrExited says that a process ended while somebody waited for its first answer.
var ErrExited = errors.New("its process has ended")

// Process is one run of a program. Its methods may be called from several goroutines.
// The goroutine of run owns it and ends with it.
type Process struct {
	started chan struct{} // closed when the process runs or could not be started
	done    chan struct{} // closed when the process is gone
	os      *os.Process   // set before started is closed; nil if it could not be started
	err     error         // likewise: why it could not be started
}

func newProcess() *Process {
	return &Process{started: make(chan struct{}), done: make(chan struct{})}
}

// start starts the command; it is called once.
func (p *Process) start(cmd *exec.Cmd, logPath string, death syscall.Signal) error {
	go p.run(cmd, logPath, death)
	<-p.started
	return p.err
}

// run starts the process and waits for its end.
//
// The parent-death signal of Linux is tied to the thread that started the child, not
// to the process. The goroutine keeps its thread until the child is gone: else the
// runtime could end that thread (a goroutine locked to it returns) and the kernel
// would kill a healthy server.
func (p *Process) run(cmd *exec.Cmd, logPath string, death syscall.Signal) {
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
	cmd.Stdout, cmd.Stderr = log, log
	detach(cmd, death)
	if err := cmd.Start(); err != nil {
		p.err = fmt.Errorf("start the process: %w", err)
		close(p.started)
		return
	}
	p.os = cmd.Process
	close(p.started)
	_ = cmd.Wait() // ends with an error after every Kill; the log tells the rest
}

// Done returns a channel that is closed when the process is gone.
func (p *Process) Done() <-chan struct{} { return p.done }

// PID returns the number of the process, 0 if it could not be started.
func (p *Process) PID() int {
	<-p.started
	if p.os == nil {
		return 0
	}
	return p.os.Pid
}

// exited reports whether the process is gone, or could not be started.
func (p *Process) exited() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// signal sends a signal. A process that is gone by now gives ErrNotRunning.
func (p *Process) signal(sig os.Signal) error {
	<-p.started
	if p.os == nil {
		return ErrNotRunning
	}
	err := p.os.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) {
		return ErrNotRunning
	}
	return err
}

// end sends a signal and waits until the process is gone.
func (p *Process) end(sig os.Signal) error {
	if err := p.signal(sig); err != nil && !errors.Is(err, ErrNotRunning) {
		return err
	}
	<-p.done
	return nil
}
