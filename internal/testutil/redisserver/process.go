package redisserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// process is one run of the binary. It is owned by the goroutine of run.
type process struct {
	started chan struct{} // closed when the process runs or could not be started
	done    chan struct{} // closed when the process is gone
	os      *os.Process   // set before started is closed; nil if it could not be started
	err     error         // likewise: why it could not be started
}

func newProcess() *process {
	return &process{started: make(chan struct{}), done: make(chan struct{})}
}

// start starts the process; it is called once.
func (p *process) start(binary string, args []string, logPath string) error {
	go p.run(binary, args, logPath)
	<-p.started
	return p.err
}

// run starts the process and waits for its end. The goroutine keeps its thread until
// then: Linux ties the parent-death signal to the thread that started the child.
func (p *process) run(binary string, args []string, logPath string) {
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
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = sysProcAttr()
	if err := cmd.Start(); err != nil {
		p.err = fmt.Errorf("start the process: %w", err)
		close(p.started)
		return
	}
	p.os = cmd.Process
	close(p.started)
	_ = cmd.Wait() // ends with an error after every Kill; the log tells the rest
}

// exited reports whether the process is gone, or was never started.
func (p *process) exited() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// signal sends a signal. A process that is gone by now gives ErrNotRunning.
func (p *process) signal(sig os.Signal) error {
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

func (p *process) kill() error {
	if err := p.signal(os.Kill); err != nil && !errors.Is(err, ErrNotRunning) {
		return err
	}
	<-p.done
	return nil
}
