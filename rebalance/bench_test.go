package rebalance_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

// BenchmarkCompute plans a group from nothing, and the usual case: one member joins
// an even group.
func BenchmarkCompute(b *testing.B) {
	for _, size := range []struct{ partitions, members int }{{10_000, 100}, {1_000_000, 10_000}} {
		fresh := rebalance.Input{
			Members: make([]rebalance.Member, size.members),
			Owner:   slices.Repeat([]int32{rebalance.NoOwner}, size.partitions),
		}
		join := rebalance.Input{Members: fresh.Members, Owner: make([]int32, size.partitions)}
		for p := range join.Owner {
			join.Owner[p] = int32(p % (size.members - 1))
		}
		exclude := join
		for p := 0; p < size.partitions; p += 100 {
			exclude.Exclusions = append(exclude.Exclusions, rebalance.Fix{Partition: int32(p), Member: int32(p / 100 % size.members)})
		}
		for _, kind := range []struct {
			name string
			in   rebalance.Input
		}{{"fresh", fresh}, {"incremental", join}, {"incremental with exclusions", exclude}} {
			b.Run(fmt.Sprintf("%dx%d/%s", size.partitions, size.members, kind.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := rebalance.Compute(kind.in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
