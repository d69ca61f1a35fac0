package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/tenure-go/tenure/internal/everystore"
	"github.com/tenure-go/tenure/membership"
)

// roleEnv is the environment variable that makes this program one member of the story.
// The environment, because an address with a password is seen by others in arguments.
const roleEnv = "TENURE_QUICKSTART_ROLE"

// role is what one process is to be.
type role struct {
	Name, Backend, Group string
	Work                 string // the file that its work goes to
	TTL                  time.Duration
}

// playRole is a process that is one member. It leaves in good order when its standard
// input ends: when it is told to, or when the process that started it is gone.
func playRole(text string) (err error) {
	var r role
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return err
	}
	signal.Ignore(os.Interrupt) // it is for the process that started this one
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel(nil)
	}()
	store, closeStore, err := everystore.Open(ctx, r.Backend)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	j, err := openJournal(r.Work, cancel)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.close()) }()
	m, err := enter(ctx, store, membership.Config{Name: r.Name, TTL: r.TTL, Observer: j}, r.Group, j)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
			return cause
		}
	case err := <-m.ended:
		return err
	}
	leave, end := context.WithTimeout(context.Background(), max(10*time.Second, r.TTL))
	defer end()
	return m.leave(leave)
}
