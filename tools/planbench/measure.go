package main

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/tenure-go/tenure/rebalance"
)

// steady is how long one timing should take at least: what is quicker is run several
// times in a row, so that reading the clock does not count.
const steady = time.Millisecond

// work prepares something and returns what is measured. Each result runs once.
type work func() (run func() error, err error)

// inTurns runs the works in turns until the time is spent, at least so many rounds, and
// returns the median time of each. Neither preparing nor the garbage of the others
// counts; collecting its own garbage does, as far as it happens meanwhile.
func inTurns(spend time.Duration, rounds int, works ...work) ([]time.Duration, error) {
	times, calls := make([][]time.Duration, len(works)), slices.Repeat([]int{1}, len(works))
	begun := time.Now()
	for round := 0; round < rounds || time.Since(begun) < spend; round++ {
		for i, w := range works {
			took, err := timeOf(w, calls[i])
			if err != nil {
				return nil, err
			}
			if round == 0 && took < steady {
				calls[i] = int(steady / max(took, time.Microsecond))
			}
			times[i] = append(times[i], took)
		}
	}
	medians := make([]time.Duration, len(works))
	for i := range medians {
		slices.Sort(times[i])
		medians[i] = times[i][len(times[i])/2]
	}
	return medians, nil
}

// timeOf returns the time of one run, as the mean of some in a row.
func timeOf(w work, calls int) (time.Duration, error) {
	runs := make([]func() error, calls)
	for i := range runs {
		var err error
		if runs[i], err = w(); err != nil {
			return 0, err
		}
	}
	runtime.GC()
	begun := time.Now()
	for _, run := range runs {
		if err := run(); err != nil {
			return 0, err
		}
	}
	return time.Since(begun) / time.Duration(calls), nil
}

// planning is the work of the planner, each time for another order of the partitions: a
// processor that sees the same input again and again learns to predict it.
func planning(in rebalance.Input) work {
	random := rand.New(rand.NewPCG(seed, 1))
	return func() (func() error, error) {
		shuffled := shuffle(in, random)
		return func() error {
			_, err := rebalance.Compute(shuffled)
			return err
		}, nil
	}
}

// sorting is the work of sorting so many random numbers, other ones each time.
func sorting(count int) work {
	random := rand.New(rand.NewPCG(seed, 2))
	return func() (func() error, error) {
		numbers := make([]int64, count)
		for i := range numbers {
			numbers[i] = random.Int64()
		}
		return func() error {
			slices.Sort(numbers)
			return nil
		}, nil
	}
}

// allocated plans once and returns the plan and the bytes allocated for it, the plan
// included.
func allocated(in rebalance.Input) (rebalance.Plan, int64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	plan, err := rebalance.Compute(in)
	runtime.ReadMemStats(&after)
	return plan, int64(after.TotalAlloc - before.TotalAlloc), err
}
