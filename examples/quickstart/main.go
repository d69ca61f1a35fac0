// Quickstart shows a group at work, without any server: three members share
// twelve partitions, one crashes, one joins, one leaves. A live table tells who
// works on what; a referee that knows nothing of the library counts overlaps.
//
//	go run ./examples/quickstart
//
// It ends by itself after about ten seconds and sums up in its last line. The
// exit code is 1 if a partition was worked on by two members at once, if one
// has no owner at the end, or if more partitions moved than had to.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/tenure-go/tenure/membership"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	stdout, err := os.Stdout.Stat()
	terminal := err == nil && stdout.Mode()&os.ModeCharDevice != 0
	if err := run(ctx, newScreen(os.Stdout, terminal), membership.SystemClock()); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}
