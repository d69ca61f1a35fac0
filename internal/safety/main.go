package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
)

func main() {
	asWorker()
	if !run() {
		os.Exit(1)
	}
}

func run() bool {
	seed := flag.Uint64("seed", rand.Uint64(), "seed of the random choices")
	only := flag.String("only", "cut,silent,leader,restart,stop", "experiments to run")
	runs := flag.Int("runs", 30, "runs of cut for each delay")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return all(ctx, *seed, strings.Split(*only, ","), *runs)
}

// all runs the chosen experiments and reports whether all passed.
func all(ctx context.Context, seed uint64, only []string, runs int) bool {
	begun := time.Now()
	fmt.Printf("safety: seed %d\n\n", seed)
	cluster, err := etcdserver.Start(ctx, etcdserver.Options{})
	if err != nil {
		fmt.Printf("safety: FAILED, seed %d: %v\n", seed, err)
		return false
	}
	defer func() { _ = cluster.Close() }()
	endpoint := cluster.Endpoints()[0]

	// What waits most of the time runs side by side; processes that are never
	// idle come after it, alone.
	first := map[string]func() *verdict{
		"cut": func() *verdict {
			return cutExperiment(ctx, endpoint, seed, []time.Duration{0, time.Second, 2 * time.Second}, runs)
		},
		"silent":  func() *verdict { return silentExperiment(ctx, endpoint, true) },
		"leader":  func() *verdict { return leaderExperiment(ctx, 8) },
		"restart": func() *verdict { return restartExperiment(ctx, 4, 2) },
	}
	second := map[string]func() *verdict{
		"stop": func() *verdict { return stopExperiment(ctx, endpoint, seed, 12, 17) },
	}
	for _, name := range only {
		if first[name] == nil && second[name] == nil {
			fmt.Printf("safety: FAILED: no experiment is named %q\n", name)
			return false
		}
	}
	results := append(together(first, only), together(second, only)...)
	var failed []string
	for _, v := range results {
		if len(v.faults) > 0 {
			failed = append(failed, v.name)
		}
	}
	took := time.Since(begun).Round(time.Second)
	if len(failed) > 0 {
		fmt.Printf("safety: FAILED in %v, seed %d: %s\n", took, seed, strings.Join(failed, "; "))
		return false
	}
	fmt.Printf("safety: ok, %d experiments in %v, seed %d\n", len(results), took, seed)
	return true
}

// together runs the chosen experiments side by side and prints each as it ends.
func together(experiments map[string]func() *verdict, only []string) []*verdict {
	var mu sync.Mutex // guards results and the output
	var results []*verdict
	var wg sync.WaitGroup
	for name, run := range experiments {
		if !slices.Contains(only, name) {
			continue
		}
		wg.Go(func() {
			v := run()
			mu.Lock()
			defer mu.Unlock()
			results = append(results, v)
			fmt.Println(v)
		})
	}
	wg.Wait()
	return results
}
