// Package scenario puts the planners of package rivals through the same changes of a group
// and prints tables of what they moved, beside the least that could have been moved. The
// minimum is worked out here, apart from any planner.
//
// Everything is played in memory from fixed seeds: equal calls print equal tables.
package scenario
