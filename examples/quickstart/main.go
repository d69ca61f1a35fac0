// Quickstart shows a group at work: three members share twelve partitions, one
// crashes, one joins, one leaves. A live table tells who works on what; a referee
// that knows nothing of the library counts overlaps.
//
//	go run ./examples/quickstart             # one process, a store in memory
//	go run ./examples/quickstart -processes  # real processes, a SQLite file, kill -9
//
// It ends by itself after about ten seconds and sums up in its last line. The
// exit code is 1 if a partition was worked on by two members at once, if one
// has no owner at the end, or if more partitions moved than had to.
//
// With -backend it runs on any other store, such as etcd://localhost:2379: see the
// function URL of each store's package for its addresses.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/tenure-go/tenure/membership"
)

func main() {
	if role := os.Getenv(roleEnv); role != "" {
		exit(playRole(role))
	}
	var o options
	flag.StringVar(&o.backend, "backend", "", "the store's `address`; the records of the story stay there (default: a store in memory, or a new SQLite file)")
	flag.BoolVar(&o.processes, "processes", false, "make each member a process of its own, and kill one")
	flag.DurationVar(&o.ttl, "ttl", 0, "how long a crash can stay unnoticed (default: 2s, 3s with -processes, or what the store allows)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	stdout, err := os.Stdout.Stat()
	terminal := err == nil && stdout.Mode()&os.ModeCharDevice != 0
	exit(run(ctx, o, newScreen(os.Stdout, terminal), membership.SystemClock()))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
