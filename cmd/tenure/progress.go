package main

import (
	"fmt"
	"io"
	"time"
)

// progress tells now and then how far a long run is.
type progress struct {
	out  io.Writer
	next time.Time
}

const (
	quiet    = 1500 * time.Millisecond // shorter runs say nothing
	interval = 3 * time.Second
)

func newProgress(out io.Writer) *progress { return &progress{out: out, next: time.Now().Add(quiet)} }

// say prints a line if it is time for one.
func (p *progress) say(format string, args ...any) {
	if now := time.Now(); now.After(p.next) {
		p.next = now.Add(interval)
		_, _ = fmt.Fprintf(p.out, format+"\n", args...)
	}
}
