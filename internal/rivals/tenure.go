package rivals

import "github.com/tenure-go/tenure/rebalance"

// Tenure is the planner of this library: rebalance.Compute, with all wishes at their
// defaults.
func Tenure() Strategy {
	return Strategy{Name: "tenure", Plan: func(g Group) []int32 {
		in := rebalance.Input{Members: make([]rebalance.Member, len(g.Members)), Owner: g.Owner, Weights: g.Weights}
		for i, m := range g.Members {
			in.Members[i] = rebalance.Member{Drain: m.Leaving, Away: m.Away, Zone: m.Zone}
		}
		plan, err := rebalance.Compute(in)
		if err != nil {
			return nil
		}
		return plan.Owner
	}}
}
