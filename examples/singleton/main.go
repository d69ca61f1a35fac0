// Singleton runs a task on one process at a time. Start it a few times on one
// store, and then end the one that leads, by Ctrl-C or by kill -9:
//
//	go run ./examples/singleton -backend 'sqlite:/tmp/singleton.db?migrate=true' -name one
//	go run ./examples/singleton -backend 'sqlite:/tmp/singleton.db?migrate=true' -name two
//
// Without -backend the store is an etcd on this machine; any other store has an
// address, too: see the function URL of its package.
//
// The leader prints a tick each second with the token of its term; the others
// print who leads. After Ctrl-C another one leads within milliseconds, after
// kill -9 when the session has expired; its token is always larger.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/internal/everystore"
	"github.com/tenure-go/tenure/membership"
)

const (
	task        = "ticker"
	leaveWithin = 10 * time.Second
)

func main() {
	address := flag.String("backend", "etcd://localhost:2379?namespace=examples", "the store's `address`")
	name := flag.String("name", fmt.Sprintf("process-%d", os.Getpid()), "this process's name")
	ttl := flag.Duration("ttl", 5*time.Second, "how long a crash can stay unnoticed")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	store, closeStore, err := everystore.Open(ctx, *address)
	if err == nil {
		err = run(ctx, store, membership.Config{Name: *name, TTL: *ttl}, log.New(os.Stdout, "", 0))
		err = errors.Join(err, closeStore())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "singleton:", err)
		os.Exit(1)
	}
}

// run takes part in the election until ctx is done, and leaves in good order.
func run(ctx context.Context, store backends.Backend, cfg membership.Config, out *log.Logger) (err error) {
	node, err := membership.Join(ctx, store, cfg)
	if err != nil {
		return err
	}
	defer func() {
		leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
		defer cancel()
		err = errors.Join(err, node.Leave(leave))
	}()
	go report(ctx, store, out)
	err = election.Run(ctx, node, task, func(ctx context.Context, term election.Term) error {
		return tick(ctx, term, cfg.Name, out)
	})
	if ctx.Err() != nil {
		return nil // it was asked to stop
	}
	return err
}

// tick is the task: it must run on one process at a time.
func tick(ctx context.Context, term election.Term, name string, out *log.Logger) error {
	for n := 1; ; n++ {
		if err := term.Check(); err != nil { // right before each effect
			return err
		}
		out.Printf("tick %d of %s under token %d", n, name, term.Token())
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// report prints who leads, whenever that changes.
func report(ctx context.Context, store backends.Backend, out *log.Logger) {
	for ctx.Err() == nil {
		for leader, err := range election.Observe(ctx, store, task) {
			switch {
			case ctx.Err() != nil:
			case err != nil:
				out.Print("nobody can say who leads: ", err)
			case leader.Session == "":
				out.Print("nobody leads")
			default:
				out.Printf("%s leads, says the store", leader.Member)
			}
		}
		select { // an error has ended the sequence: ask again
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}
