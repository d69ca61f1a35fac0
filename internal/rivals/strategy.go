// Package rivals plays planners against each other: the one of this library, and the ways
// in which other systems share out partitions, written anew for the comparison.
//
// None of them is for production. Each does what its model is known for, and nothing
// beside: no communication, no failures, no clock. They are deterministic: equal groups
// give equal plans, in every process.
package rivals

import "time"

// NoOwner marks a partition without an owner.
const NoOwner int32 = -1

// Member is one that may own partitions.
type Member struct {
	// Name is its identity, which those that hash use. No two members share one.
	Name string
	// Leaving says that it is about to leave: it still owns partitions, and a planner
	// that can plan ahead takes them away. For the others it is gone.
	Leaving bool
	// Away says that it left and is expected back under this name: a planner that
	// can wait leaves its partitions to it. For the others it is gone.
	Away bool
	// Zone is where it is: 0 or more.
	Zone int32
}

// Group is what a planner sees when something has changed.
type Group struct {
	// Members are in the order in which they joined.
	Members []Member
	// Owner is the owner of each partition, as an index of Members, or NoOwner.
	Owner []int32
	// Weights is the load of each partition; nil: all are alike.
	Weights []int64
}

// Strategy is one way to share out partitions. One of them serves one group at a time,
// as Jump remembers something of it.
type Strategy struct {
	// Name is short, for the row of a table.
	Name string
	// Round is the time between two calls of Plan, for one that comes to its end in
	// several rounds. 0: one call is all.
	Round time.Duration
	// Plan returns the new owner of each partition, NoOwner where nobody is left. What
	// it is given is not changed. nil: the group makes no sense to it, such as an owner
	// that is not a member.
	Plan func(Group) []int32
}

// All returns a new one of each, that of this library first and then those that look at
// who owns what, before those that look at names only.
func All() []Strategy {
	return []Strategy{
		Tenure(),
		Uniform(),
		LeastShard(),
		TableStealing(),
		EventHubs(),
		BoundedRing(125),
		BoundedRing(105),
		Ring(100),
		Ring(512),
		Rendezvous(),
		Jump(),
		Maglev(),
		Range(),
		Modulo(),
	}
}
