package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

// fileJournal is the work of several processes in one file: each line is one effect. The
// operating system appends one line after the other, whichever process writes it. So
// their order is the order in which the work was really done, by no clock.
type fileJournal struct {
	file *os.File
	fail func(error) // is told if a line cannot be written
}

func openJournal(path string, fail func(error)) (*fileJournal, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	return &fileJournal{file, fail}, err
}

func (j *fileJournal) close() error { return j.file.Close() }

// line is appended by one call of the system.
func (j *fileJournal) line(format string, args ...any) {
	if _, err := fmt.Fprintf(j.file, format+"\n", args...); err != nil {
		j.fail(err)
	}
}

func (j *fileJournal) start(member, partition string, token claim.Token) {
	j.line("start %s %s %d", member, partition, token)
}

func (j *fileJournal) piece(member, partition string, token claim.Token) {
	j.line("piece %s %s %d", member, partition, token)
}

func (j *fileJournal) stop(member, partition string, token claim.Token) {
	j.line("stop %s %s %d", member, partition, token)
}

// dead notes that a process was killed, after the system has said that it is gone.
func (j *fileJournal) dead(member string) { j.line("dead %s - 0", member) }

// Observe implements observe.Observer.
func (j *fileJournal) Observe(e observe.Event) {
	if made, ok := e.(observe.PlanMade); ok {
		j.line("plan %d %d %d", made.Moves, made.LowerBound, made.Placed)
	}
}

// readJournal tells the referee and the plans what is in the file, as it grows, until
// stop is closed, and then what is left.
func readJournal(path string, r *referee, p *plans, stop <-chan struct{}) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	var rest []byte // a line whose end was not read yet
	for last := false; ; {
		more, err := io.ReadAll(file)
		if err != nil {
			return err
		}
		rest = append(rest, more...)
		for {
			line, after, whole := bytes.Cut(rest, []byte("\n"))
			if !whole {
				break
			}
			rest = after
			if err := judge(string(line), r, p); err != nil {
				return err
			}
		}
		if last {
			if len(rest) > 0 {
				return fmt.Errorf("the journal ends with half a line: %q", rest)
			}
			return nil
		}
		select {
		case <-ticker.C:
		case <-stop:
			last = true
		}
	}
}

// judge passes on one line.
func judge(line string, r *referee, p *plans) error {
	var moves, minimum, placed int
	if _, err := fmt.Sscanf(line, "plan %d %d %d", &moves, &minimum, &placed); err == nil {
		p.add(moves, minimum, placed)
		return nil
	}
	var what, member, partition string
	var token claim.Token
	if _, err := fmt.Sscanf(line, "%s %s %s %d", &what, &member, &partition, &token); err != nil {
		return fmt.Errorf("the journal has the line %q: %w", line, err)
	}
	switch what {
	case "start":
		r.start(member, partition, token)
	case "piece":
		r.piece(member, partition, token)
	case "stop":
		r.stop(member, partition, token)
	case "dead":
		r.dead(member)
	default:
		return errors.New("the journal has the line " + line)
	}
	return nil
}
