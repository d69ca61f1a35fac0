package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
)

// row is one line of the table.
type row struct {
	what, figure, beside, ratio, aim string
	met                              bool
}

// experiment measures something and returns its rows, or an error when it could
// not be measured or something was wrong.
type experiment struct {
	name string
	run  func(ctx context.Context, r *rig) ([]row, error)
}

var experiments = []experiment{
	{"gap", plannedGap},
	{"cold", coldStart},
	{"requests", requests},
	{"idle", idle},
	{"takeover", takeover},
}

func main() {
	only := flag.String("only", "", "experiments to run, joined by commas; all if empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *only)
	stop()
	if err != nil {
		fmt.Println("bench: FAILED:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string) error {
	begun := time.Now()
	cluster, err := etcdserver.Start(ctx, etcdserver.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = cluster.Close() }()
	var rows []row
	for _, e := range experiments {
		if only != "" && !strings.Contains(","+only+",", ","+e.name+",") {
			continue
		}
		fmt.Fprintf(os.Stderr, "bench: %s …\n", e.name)
		r := &rig{endpoint: cluster.Endpoints()[0], prefix: "bench-" + e.name}
		found, err := e.run(ctx, r)
		r.close()
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		rows = append(rows, found...)
	}
	met, aims := print(rows)
	fmt.Printf("bench: ok, %d of %d aims met, in %.0f s\n", met, aims, time.Since(begun).Seconds())
	return nil
}

// print writes the table and counts the aims.
func print(rows []row) (met, aims int) {
	const format = "%-44s %-34s %-38s %-9s %-9s %s\n"
	fmt.Printf(format, "what", "figure", "beside", "ratio", "aim", "met")
	for _, r := range rows {
		answer := ""
		if r.aim != "" {
			aims++
			answer = "no"
			if r.met {
				met++
				answer = "yes"
			}
		}
		fmt.Printf(format, r.what, r.figure, r.beside, r.ratio, r.aim, answer)
	}
	return met, aims
}
