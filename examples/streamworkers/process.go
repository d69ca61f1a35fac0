package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"time"
)

// process is one process of the demo: this program with another command.
type process struct {
	cmd    *exec.Cmd
	worker bool
	done   chan struct{} // closed when it has ended
	// Guarded by crew.mu.
	told   bool // it was told to end
	killed bool // by force
	away   bool // it cannot take part: frozen, or cut off
	frozen time.Time
	ended  bool
	err    error // how it ended
}

// startProcess starts a process and listens to its events. When this process ends in
// whatever way, so does the standard input of the other, which a worker is tied to.
func startProcess(ctx context.Context, c *crew, name string, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p := &process{cmd: exec.CommandContext(ctx, self, args...), worker: args[0] == "work", done: make(chan struct{})}
	p.cmd.Stderr = os.Stderr
	if _, err := p.cmd.StdinPipe(); err != nil { // Wait closes it
		return err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	c.mu.Lock()
	c.processes[name] = p
	c.mu.Unlock()
	go func() {
		p.listen(c, stdout)
		err := p.cmd.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		p.ended, p.err = true, err
		close(p.done)
		c.change()
	}()
	return nil
}

// listen passes on the events of a worker, until it has closed its output.
func (p *process) listen(c *crew, stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) == nil && p.worker {
			c.take(e)
		}
	}
}

// wait waits until one process has ended.
func (c *crew) wait(ctx context.Context, name string) error {
	return c.until(ctx, "the end of the "+name, func() bool { return c.processes[name].ended })
}

// killAll ends what is left, and waits for it.
func (c *crew) killAll() {
	c.mu.Lock()
	all := slices.Collect(maps.Values(c.processes))
	for _, p := range all {
		p.told, p.killed = true, true
	}
	c.mu.Unlock()
	for _, p := range all {
		_ = p.cmd.Process.Kill() // it may have ended already
		<-p.done
	}
}
