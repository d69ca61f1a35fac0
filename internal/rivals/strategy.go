// Package rivals plays planners against each other: the one of this library, and the ways
// in which other systems share out partitions, written anew for the comparison.
//
// None of them is for production. Each does what its model is known for, and nothing
// beside: no communication, no failures, no clock.
package rivals

import "time"

// NoOwner marks a partition without an owner.
const NoOwner int32 = -1

// Member is one that may own partitions.
type Member struct {
	// Name is its identity, which those that hash use.
	Name string
	// Leaving says that it is about to leave: it still owns partitions, and a planner
	// that can plan ahead takes them away. For the others it is gone.
	Leaving bool
	// Away says that it left and is expected back under this name, a planner that
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

// Strategy is one way to share out partitions.
type Strategy struct {
	// Name is short, for the row of a table.
	Name string
	// Round is the time between two calls of Plan, for one that comes to its end in
	// several rounds. 0: one call is all.
	Round time.Duration
	// Plan returns the new owner of each partition; what it is given is not changed.
	Plan func(Group) []int32
}
