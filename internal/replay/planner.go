package replay

import (
	"fmt"
	"time"

	"github.com/tenure-go/tenure/internal/rivals"
	"github.com/tenure-go/tenure/rebalance"
)

// View is what a planner sees: the group, and what only some planners can use.
type View struct {
	rivals.Group
	Capacity []int   // by member, at least 1
	Zones    []int32 // by partition, -1 for no preference; nil: none has one
}

// Answer is a plan.
type Answer struct {
	Owner      []int32 // by partition: an index of View.Members, or rivals.NoOwner
	LowerBound int     // if the planner is Bound: the least moves that it knows of
}

// Planner is one that plays a trace.
type Planner struct {
	// Name is short, for the row of a table.
	Name string
	// Round is the time between two plans, for one that works in rounds; 0: one is enough.
	Round time.Duration
	// Waits says that it leaves the partitions of a member that is away to it.
	Waits bool
	// Bound says that its plans are held to the promises of this library.
	Bound bool
	// Plan does not change what it is given.
	Plan func(View) (Answer, error)
}

// Tenure is the planner of this library, with all wishes at their defaults.
func Tenure() Planner {
	return Planner{Name: rivals.Tenure().Name, Waits: true, Bound: true, Plan: func(v View) (Answer, error) {
		in := rebalance.Input{Members: make([]rebalance.Member, len(v.Members)), Owner: v.Owner, Weights: v.Weights, Zones: v.Zones}
		for i, m := range v.Members {
			in.Members[i] = rebalance.Member{Capacity: v.Capacity[i], Drain: m.Leaving, Away: m.Away, Zone: m.Zone}
		}
		plan, err := rebalance.Compute(in)
		return Answer{plan.Owner, plan.Certificate.LowerBound}, err
	}}
}

// Rival is a planner that knows nothing of loads, capacities and zones of partitions.
func Rival(s rivals.Strategy) Planner {
	return Planner{Name: s.Name, Round: s.Round, Plan: func(v View) (Answer, error) {
		return Answer{Owner: s.Plan(v.Group)}, nil
	}}
}

// check refuses an answer that makes no sense, whoever gives it.
func (p *Planner) check(v View, a Answer) error {
	if len(a.Owner) != len(v.Owner) {
		return fmt.Errorf("%s plans for %d of %d partitions", p.Name, len(a.Owner), len(v.Owner))
	}
	for partition, owner := range a.Owner {
		switch {
		case owner == rivals.NoOwner || owner == v.Owner[partition]:
		case owner < 0 || int(owner) >= len(v.Members):
			return fmt.Errorf("%s gives partition %d to member %d of %d", p.Name, partition, owner, len(v.Members))
		case v.Members[owner].Leaving || v.Members[owner].Away:
			return fmt.Errorf("%s gives partition %d to %s, which does not stay", p.Name, partition, v.Members[owner].Name)
		}
	}
	return nil
}
