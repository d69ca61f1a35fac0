// Command torture tries to break Tenure on a real store: worker processes under kill -9,
// SIGSTOP, silent and late networks, dying and standing servers, while a log service writes
// down every start, every Check, every write and the true state in the store. At the end it
// judges the guarantees of docs/guarantees.md and says by which seed the run is played again.
//
//	make torture BACKEND=etcd SECONDS=60 SEED=7 CASE=mix
//
// A seed plays the same plan again where the same faults can be done; what cannot is said.
// The instants at which processes and servers act are not decided by it. The exit status is
// 1 if a guarantee was violated, or if the faults had no effect. On a store that is given
// by its address, use a namespace for it alone: the records of the group stay there.
//
// It is a module of its own, so that the checker of linearizability is no dependency of the
// library.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/tenure-go/tenure/tools/torture/nemesis"
	"github.com/tenure-go/tenure/tools/torture/report"
	"github.com/tenure-go/tenure/tools/torture/rig"
	"github.com/tenure-go/tenure/tools/torture/worker"
)

func main() {
	worker.Main()
	rig.Spin()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok := run(ctx)
	stop()
	if !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context) bool {
	backend := flag.String("backend", "etcd", "a store's name (its servers are started), or an address (no faults of servers)")
	seconds := flag.Int("seconds", 60, "how long there are faults")
	seed := flag.Uint64("seed", 0, "seed of the plan; 0 draws one")
	name := flag.String("case", nemesis.Mix, "which faults; list lists the cases")
	ttl := flag.Duration("ttl", 3*time.Second, "time to live of the sessions")
	workers := flag.Int("workers", 3, "worker processes")
	count := flag.Int("partitions", 12, "partitions")
	chart := flag.String("chart", "", "file for the picture; in the temporary directory unless set")
	events := flag.String("events", "", "file for the whole log, as lines of JSON; none unless set")
	flag.Parse()
	if *name == "list" {
		report.List(os.Stdout)
		return true
	}
	c, ok := nemesis.Find(*name)
	switch {
	case !ok:
		fmt.Printf("torture: FAILED: no case is named %q; CASE=list lists them\n", *name)
		return false
	case *seconds < 1 || *workers < 2 || *count < *workers || *ttl < time.Second:
		fmt.Println("torture: FAILED: at least 1 second, 2 workers, as many partitions, and a TTL of 1 s are needed")
		return false
	}
	o := rig.Options{
		Backend: *backend, Case: c, Seed: *seed, Length: time.Duration(*seconds) * time.Second, TTL: *ttl,
		Workers: *workers, Partitions: *count, Out: os.Stdout,
	}
	if o.Seed == 0 {
		o.Seed = 1 + rand.Uint64N(1_000_000)
	}
	fmt.Printf("torture: %s, case %s, seed %d, %d s of faults, TTL %v, %d workers, %d partitions\n", o.Store(), c.Name, o.Seed, *seconds, *ttl, *workers, *count)
	out, err := rig.Run(ctx, o)
	if err != nil {
		fmt.Printf("torture: FAILED: seed %d: %v\n", o.Seed, err)
		return false
	}
	if *events != "" {
		if err := report.WriteEvents(*events, out); err != nil {
			fmt.Printf("torture: FAILED: %v\n", err)
			return false
		}
	}
	return report.Print(os.Stdout, out, *chart)
}
