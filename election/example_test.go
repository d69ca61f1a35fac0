package election_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/membership"
)

// A task that one process at a time does, and that is done when it returns nil.
func ExampleRun() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	store := memory.New() // a team's own etcd in production
	node, err := membership.Join(ctx, store, membership.Config{Name: "worker-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = election.Run(ctx, node, "nightly-billing", func(_ context.Context, term election.Term) error {
		// Ask right before each effect, and send the token along.
		if err := term.Check(); err != nil {
			return err
		}
		fmt.Println("billing under token", term.Token())
		return nil
	})
	fmt.Println("run:", err)
	fmt.Println("leave:", node.Leave(ctx))
	// Output:
	// billing under token 1
	// run: <nil>
	// leave: <nil>
}

// Who leads, from a process that takes no part.
func ExampleLookup() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	store := memory.NewStore()
	node, err := membership.Join(ctx, store.Client("app"), membership.Config{Name: "worker-1", Address: "10.0.0.7:80"})
	if err != nil {
		fmt.Println(err)
		return
	}
	candidate, err := election.New(node, "api")
	if err != nil {
		fmt.Println(err)
		return
	}
	term, err := candidate.Campaign(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	leader, err := election.Lookup(ctx, store.Client("app"), "api")
	fmt.Println(leader.Member, leader.Address, leader.Token, err)
	fmt.Println(term.Resign(ctx))
	_, err = election.Lookup(ctx, store.Client("app"), "api")
	fmt.Println(err)
	_ = node.Leave(ctx)
	// Output:
	// worker-1 10.0.0.7:80 1 <nil>
	// <nil>
	// election has no leader: "api"
}
