// Command planbench measures the planner of Tenure: its speed, its memory and how few
// moves it makes, each beside sorting as many integers and beside the sticky assignors
// of two public Kafka clients, in one run. `make bench-plan` runs it.
//
// It is a module of its own, so that these clients are no dependencies of the library.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == childArgument {
		os.Exit(child(os.Args[2:], os.Stdout, clientMemory))
	}
	begun := time.Now()
	all, err := run()
	if err != nil {
		fmt.Println("bench-plan: FAILED:", err)
		os.Exit(1)
	}
	met, failed := count(all)
	result := "ok"
	if failed > 0 {
		result = fmt.Sprintf("FAILED, %d aims that must hold do not", failed)
	}
	fmt.Printf("bench-plan: %s, %d of %d aims met, in %.0f s\n", result, met, len(all), time.Since(begun).Seconds())
	if failed > 0 {
		os.Exit(1)
	}
}

// run prints the tables and returns the aims of all rows.
func run() ([]aim, error) {
	fmt.Printf("%s, %s/%s, %d cores\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	var all []aim
	for _, table := range []func() ([]aim, error){unweightedTable, weightedTable, clientTable, scenarioTables} {
		fmt.Println()
		aims, err := table()
		if err != nil {
			return nil, err
		}
		all = append(all, aims...)
	}
	return all, nil
}

// progress tells on standard error what is measured now.
func progress(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "bench-plan: "+format+" …\n", arguments...)
}
