package tenure_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions"
)

// What the documentation shows as Go code stands here word for word, so that it
// compiles and runs; TestDocs_GoCodeIsCompiled compares.

func lead(ctx context.Context, node *membership.Node) error {
	return election.Run(ctx, node, "nightly-billing", func(ctx context.Context, term election.Term) error {
		return bill(ctx, term.Token()) // nil: done, resign; an error: resign and try again
	})
}

func share(ctx context.Context, node *membership.Node) error {
	return partitions.Run(ctx, node, partitions.Config{
		Group:      "orders",
		Partitions: partitions.Count(64),
		OnAcquire: func(ctx context.Context, c *partitions.Claim) error {
			return consume(ctx, c.Partition(), c.Token()) // works until ctx is done
		},
	})
}

func serve(store backends.Backend, name string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once

	node, err := membership.Join(ctx, store, membership.Config{Name: name})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- share(context.Background(), node) }() // Leave ends it

	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	leave, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(err, node.Leave(leave)) // hands over, then closes the session
}

// billed and consumed are told what the functions above do.
var (
	billed   atomic.Uint64
	consumed = make(chan string, 64)
)

func bill(_ context.Context, token claim.Token) error {
	billed.Store(uint64(token))
	return nil
}

func consume(ctx context.Context, partition string, _ claim.Token) error {
	consumed <- partition
	<-ctx.Done()
	return nil
}

func Example() {
	ctx := context.Background()
	store := memory.NewStore().Client("example")
	node, err := membership.Join(ctx, store, membership.Config{Name: "worker-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("lead:", lead(ctx, node), "with token", billed.Load())
	fmt.Println("leave:", node.Leave(ctx))

	served := make(chan error)
	go func() { served <- serve(store, "worker-2") }()
	for range cap(consumed) {
		<-consumed
	}
	fmt.Println("all partitions are worked on")
	if err := interrupt(); err != nil {
		fmt.Println(err)
	}
	fmt.Println("serve:", <-served)
	// Output:
	// lead: <nil> with token 1
	// leave: <nil>
	// all partitions are worked on
	// serve: <nil>
}

// interrupt sends this process the signal that a terminal sends.
func interrupt() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return self.Signal(os.Interrupt)
}
