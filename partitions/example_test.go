package partitions_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
)

// A worker that keeps its position under the token of its claim.
func ExampleRun() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	node, err := membership.Join(ctx, memory.New(), membership.Config{Name: "worker-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = partitions.Run(ctx, node, partitions.Config{
		Group:      "orders",
		Partitions: partitions.List("north"),
		Debounce:   10 * time.Millisecond,
		OnAcquire: func(ctx context.Context, c *partitions.Claim) error {
			position, err := c.Load(ctx)
			if err != nil {
				return err
			}
			fmt.Printf("%s from position %q\n", c.Partition(), position)
			stop() // the process is asked to end
			<-ctx.Done()
			return nil
		},
		OnLost: func(ctx context.Context, c *partitions.Claim, why error) {
			if errors.Is(why, membership.ErrRevoked) { // still ours: finish and save
				fmt.Println("save:", c.Save(ctx, []byte("42")))
			}
		},
	})
	fmt.Println("run:", err)
	fmt.Println("leave:", node.Leave(context.Background()))
	// Output:
	// north from position ""
	// save: <nil>
	// run: context canceled
	// leave: <nil>
}

// Who owns what, from a process that takes no part.
func ExampleWaitSettled() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	store := memory.NewStore()
	for _, name := range []string{"a", "b"} {
		node, err := membership.Join(ctx, store.Client("app"), membership.Config{Name: name})
		if err != nil {
			fmt.Println(err)
			return
		}
		_, err = partitions.Join(ctx, node, partitions.Config{
			Group: "orders", Partitions: partitions.Count(8), Debounce: 200 * time.Millisecond,
			OnAcquire: func(context.Context, *partitions.Claim) error { return nil },
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer func() { _ = node.Leave(ctx) }()
	}
	owned, err := partitions.WaitSettled(ctx, store.Client("app"), "orders")
	fmt.Println(owned.Members, owned.Unowned, err)
	// Output: map[a:4 b:4] 0 <nil>
}
