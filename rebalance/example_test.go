package rebalance_test

import (
	"fmt"

	"github.com/tenure-go/tenure/rebalance"
)

// The third member is new and twice as strong as the others; partition 7 has no owner.
func ExampleCompute() {
	plan, err := rebalance.Compute(rebalance.Input{
		Members: []rebalance.Member{{}, {}, {Capacity: 2}},
		Owner:   []int32{0, 0, 0, 0, 1, 1, 1, rebalance.NoOwner},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range plan.Moves {
		fmt.Println(m.Partition, "from", m.From, "to", m.To, "for", m.Reason)
	}
	c := plan.Certificate
	fmt.Println(plan.Owner, "with", c.Moves, "moves; no plan needs fewer than", c.LowerBound)
	// Output:
	// 2 from 0 to 2 for balance
	// 3 from 0 to 2 for balance
	// 6 from 1 to 2 for balance
	// 7 from -1 to 2 for orphan
	// [0 0 2 2 1 1 2 2] with 3 moves; no plan needs fewer than 3
}
