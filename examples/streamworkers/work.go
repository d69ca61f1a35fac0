package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
)

const (
	batch       = 200                    // lines counted per saved result
	lookAgain   = 100 * time.Millisecond // at a log without new lines
	leaveWithin = 10 * time.Second
)

// worker counts the lines of the partitions that it owns.
type worker struct {
	backend backends.Backend
	dir     string
	group   string
	config  membership.Config
	events  *events
}

// run works until ctx is done, and leaves then: what it owns is handed over.
func (w *worker) run(ctx context.Context) error {
	count, err := countLogs(w.dir)
	if err == nil && count == 0 {
		err = fmt.Errorf("%s has no logs: start `streamworkers produce` first", w.dir)
	}
	if err != nil {
		return err
	}
	node, err := membership.Join(ctx, w.backend, w.config)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		// Not ctx: the node leaves, within a limit of its own.
		ended <- partitions.Run(context.WithoutCancel(ctx), node, partitions.Config{
			Group:      w.group,
			Partitions: partitions.Count(count),
			OnAcquire:  w.consume,
		})
	}()
	w.events.emit(event{Event: "joined"})
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	if err = errors.Join(err, node.Leave(leave)); err != nil {
		return err // what is stuck is left to expire
	}
	w.events.emit(event{Event: "left"})
	return nil
}

// consume counts the lines of one partition, from the saved position on, until
// the claim ends. Position and result are saved together under the token: when
// this claim is over, whatever it still does is refused.
func (w *worker) consume(ctx context.Context, c *partitions.Claim) error {
	saved, err := c.Load(ctx)
	if err != nil {
		return err
	}
	r, err := parseResult(saved)
	if err != nil {
		return err
	}
	log, err := openTail(logPath(w.dir, c.Partition()), r.Line, r.Offset)
	if err != nil {
		return err
	}
	defer log.close() //nolint:errcheck // it was only read
	w.events.emit(event{Event: "started", Partition: c.Partition(), Token: uint64(c.Token()), Line: r.Line})
	defer func() {
		w.events.emit(event{Event: "stopped", Partition: c.Partition(), Token: uint64(c.Token())})
	}()
	for ctx.Err() == nil {
		if err := c.Check(); err != nil {
			return err
		}
		lines, err := log.next(batch)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			_ = sleep(ctx, lookAgain) // the loop asks ctx
			continue
		}
		for _, line := range lines {
			r.add(line)
		}
		// A revoked claim is still held: the batch is finished and saved.
		if err := c.Save(c.HeldContext(), r.encode()); err != nil {
			return err
		}
	}
	return nil
}

// event is one line of JSON on a worker's standard output.
type event struct {
	Time      time.Time `json:"time"`
	Member    string    `json:"member"`
	Event     string    `json:"event"` // joined, started, stopped, left
	Partition string    `json:"partition,omitempty"`
	Token     uint64    `json:"token,omitempty"`
	Line      int64     `json:"line,omitempty"` // started: the last line counted before
}

// events writes what happens to a worker.
type events struct {
	mu     sync.Mutex
	out    io.Writer
	member string
}

func (e *events) emit(what event) {
	what.Time, what.Member = time.Now(), e.member
	line, err := json.Marshal(what)
	if err != nil {
		panic(err) // unreachable: an event has only strings, numbers and times
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	_, _ = e.out.Write(append(line, '\n')) // nobody may be reading
}
