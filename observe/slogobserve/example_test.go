package slogobserve_test

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/observe/slogobserve"
)

func Example() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutChance}))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	node, err := membership.Join(ctx, memory.NewStore().Client("example"), membership.Config{
		Name:     "worker-1",
		Observer: slogobserve.New(logger),
	})
	if err != nil {
		panic(err)
	}
	if err := node.Leave(ctx); err != nil {
		panic(err)
	}
	// Output:
	// level=INFO msg="session opened" node=worker-1 valid_for=15s
	// level=INFO msg="node left" node=worker-1 stuck=0
}

// withoutChance leaves out what differs from run to run.
func withoutChance(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey, "session", "took":
		return slog.Attr{}
	}
	return a
}
