package rig

import (
	"io"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/tools/torture/checks"
	"github.com/tenure-go/tenure/tools/torture/logbook"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
)

// Options says what to run.
type Options struct {
	Backend    string // a store's name, or its address
	Case       nemesis.Case
	Seed       uint64
	Length     time.Duration // of the faults
	TTL        time.Duration
	Workers    int
	Partitions int
	Out        io.Writer // gets the plan and a line of progress now and then
}

// Store returns the store's name, or its address without secrets.
func (o Options) Store() string {
	if strings.Contains(o.Backend, ":") {
		return backendurl.Redact(o.Backend)
	}
	return o.Backend
}

// Outcome is what a run gave.
type Outcome struct {
	Options  Options       // with the TTL that the store took
	Began    time.Duration // readings of logbook.Now
	Ended    time.Duration
	Plan     []nemesis.Fault
	Spans    []logbook.Span
	History  *checks.History
	Results  []checks.Result
	LeftOut  []string
	Problems []string // of the run itself
}
