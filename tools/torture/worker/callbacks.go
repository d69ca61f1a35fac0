package worker

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// What a worker does with each partition, and how often.
const (
	writeEvery = 25 * time.Millisecond
	saveEvery  = 500 * time.Millisecond
	// sendFor is how long a write is under way between Check and the resource. A process
	// that is stopped meanwhile sends it when it goes on, whoever owns the partition then.
	sendFor = 3 * time.Millisecond
)

type worker struct {
	order Order
	log   *logbook.Client
	rec   *recorder
}

// event is one about a claim, of this instant.
func event(kind logbook.Kind, c *partitions.Claim) logbook.Event {
	now := logbook.Now()
	return logbook.Event{Kind: kind, Key: c.Partition(), Token: uint64(c.Token()), Session: string(c.Session()), From: now, To: now}
}

// acquire writes to the resource until the context is done, and for as long after that as
// the log asks for: then the callback hangs.
func (w *worker) acquire(ctx context.Context, c *partitions.Claim) error {
	granted := event(logbook.Granted, c)
	granted.OK = c.Check() == nil
	w.log.Ask(granted)

	told := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(told)
		e := event(logbook.Ended, c)
		e.Note = why(context.Cause(c.Context()))
		w.log.Tell(e)
	})
	saved := make(chan struct{})
	go func() { // ends with the context
		defer close(saved)
		w.save(ctx, c)
	}()
	for {
		hang := w.write(c)
		if ctx.Err() != nil && !hang {
			break
		}
		if hang {
			pause(context.Background(), writeEvery)
		} else {
			pause(ctx, writeEvery)
		}
	}
	<-told
	<-saved
	w.log.Tell(event(logbook.Returned, c))
	return nil
}

// pause waits, or until ctx is done.
func pause(ctx context.Context, d time.Duration) {
	_ = membership.Sleep(ctx, membership.MonotonicClock(), d)
}

// write asks Check and then writes, and reports whether the callback shall hang.
func (w *worker) write(c *partitions.Claim) (hang bool) {
	e := event(logbook.Checked, c)
	err := c.Check()
	e.To = logbook.Now()
	e.OK = err == nil || w.order.deaf()
	if e.OK {
		e.Kind, e.Token = logbook.Effect, w.order.token(c)
		pause(context.Background(), sendFor)
	}
	reply := w.log.Ask(e)
	if reply.EndSession {
		go w.rec.endSession() // ends within endWithin
	}
	return reply.Hang
}

// save loads the position of the partition and saves it again and again.
func (w *worker) save(ctx context.Context, c *partitions.Claim) {
	position, err := w.load(ctx, c)
	for err == nil {
		if err = membership.Sleep(ctx, membership.MonotonicClock(), saveEvery); err != nil {
			return
		}
		position++
		e := event(logbook.Saved, c)
		e.Position = position
		saved := c.Save(ctx, binary.BigEndian.AppendUint64(nil, position))
		e.To, e.OK = logbook.Now(), saved == nil
		w.log.Tell(e)
		if errors.Is(saved, partitions.ErrFenced) {
			return
		}
	}
}

func (w *worker) load(ctx context.Context, c *partitions.Claim) (uint64, error) {
	for {
		e := event(logbook.Loaded, c)
		data, err := c.Load(ctx)
		e.To, e.OK = logbook.Now(), err == nil
		if len(data) == 8 {
			e.Position = binary.BigEndian.Uint64(data)
		}
		if err == nil || errors.Is(err, partitions.ErrFenced) {
			w.log.Tell(e)
			return e.Position, err
		}
		if err := membership.Sleep(ctx, membership.MonotonicClock(), saveEvery); err != nil {
			return 0, err
		}
	}
}

// lost tells the end, and asks Check again later: it must never answer nil any more.
func (w *worker) lost(_ context.Context, c *partitions.Claim, reason error) {
	e := event(logbook.Lost, c)
	e.Note = why(reason)
	w.log.Ask(e)
	if w.order.deaf() {
		go w.haunt(c) // ends three TTLs later
		return
	}
	go func() { // ends two TTLs later
		for range 4 {
			time.Sleep(w.order.TTL / 2)
			e := event(logbook.Checked, c)
			e.OK = c.Check() == nil
			e.To = logbook.Now()
			w.log.Tell(e)
		}
	}()
}

// why puts a cause into one word.
func why(err error) string {
	switch {
	case errors.Is(err, membership.ErrTrustEnded):
		return "trust ended"
	case errors.Is(err, membership.ErrRevoked):
		return "revoked"
	case errors.Is(err, membership.ErrLost):
		return "lost"
	case errors.Is(err, membership.ErrReleased):
		return "released"
	case err == nil:
		return ""
	}
	return err.Error()
}
