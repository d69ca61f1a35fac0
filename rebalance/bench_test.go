package rebalance_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

var benchSizes = []struct {
	name                string
	partitions, members int
}{{"10k×100", 10_000, 100}, {"100k×1k", 100_000, 1000}, {"1M×10k", 1_000_000, 10_000}}

// BenchmarkCompute plans a group from nothing, and after a change of an even group.
func BenchmarkCompute(b *testing.B) {
	for _, weighted := range []bool{false, true} {
		family, kinds := "unweighted", []string{"fresh", "join", "leave", "leave10%", "exclusions", "labels"}
		if weighted {
			family, kinds = "weighted", []string{"fresh", "join", "leave", "leave10%", "drift"}
		}
		for _, kind := range kinds {
			for _, size := range benchSizes {
				b.Run(family+"/"+kind+"/"+size.name, func(b *testing.B) {
					measure(b, changed(b, kind, weighted, size.partitions, size.members))
				})
			}
		}
	}
}

// changed returns an even group after a change.
func changed(b *testing.B, kind string, weighted bool, partitions, members int) rebalance.Input {
	random := rand.New(rand.NewPCG(7, 0))
	in := rebalance.Input{Members: make([]rebalance.Member, members), Owner: slices.Repeat([]int32{rebalance.NoOwner}, partitions)}
	if weighted {
		in.Weights = make([]int64, partitions)
		for p := range in.Weights {
			in.Weights[p] = int64(1000 * math.Exp(random.NormFloat64()))
		}
	}
	if kind == "fresh" {
		return in
	}
	if kind == "join" {
		in.Members = in.Members[1:]
	}
	plan, err := rebalance.Compute(in)
	if err != nil {
		b.Fatal(err)
	}
	in.Owner = plan.Owner
	gone := 0
	switch kind {
	case "join":
		in.Members = append(in.Members, rebalance.Member{})
	case "leave":
		gone = 1
	case "leave10%":
		gone = members / 10
	case "drift":
		for p := range in.Weights {
			in.Weights[p] = int64(float64(in.Weights[p]) * math.Exp(random.NormFloat64()/2))
		}
	case "exclusions":
		for p := 0; p < partitions; p += 100 {
			in.Exclusions = append(in.Exclusions, rebalance.Fix{Partition: int32(p), Member: int32(p / 100 % members)})
		}
	case "labels": // eight kinds of members, and partitions that each kind or everybody may own
		in.Needs = make([]uint64, partitions)
		for m := range in.Members {
			in.Members[m].Labels = 1 << (m % 8)
		}
		for p := range in.Needs {
			in.Needs[p] = 1 << (random.IntN(16)) & 0xff
		}
	}
	in.Members = in.Members[gone:]
	for p := range in.Owner {
		in.Owner[p] = max(in.Owner[p]-int32(gone), rebalance.NoOwner)
	}
	return in
}

func measure(b *testing.B, in rebalance.Input) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		if _, err := rebalance.Compute(in); err != nil {
			b.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/float64(len(in.Owner)), "B/partition")
}

// BenchmarkSort is what BenchmarkCompute is measured by: sorting one number for each
// partition.
func BenchmarkSort(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			random := rand.New(rand.NewPCG(7, 0))
			numbers := make([]int64, size.partitions)
			for i := range numbers {
				numbers[i] = random.Int64()
			}
			work := make([]int64, len(numbers))
			for b.Loop() {
				copy(work, numbers)
				slices.Sort(work)
			}
		})
	}
}
