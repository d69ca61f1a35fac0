package replay

import "time"

// Result is what one planner made of a trace.
type Result struct {
	Name string
	// Plans counts the changes that it planned for, and the rounds that it took.
	Plans int
	// Moves counts the partitions that changed from one owner to another, MovedLoad
	// what they weighed at that time. Minimum and MinimumLoad are the least that had to
	// move at each change until the group was even again, or inside the band; without
	// weights there is no MinimumLoad. A planner that never gets there may move less.
	Moves, Minimum         int64
	MovedLoad, MinimumLoad int64
	// Placed counts the partitions that had no owner and got one.
	Placed int64
	// Ratio is the load of the fullest member as a multiple of the mean, and Spread how
	// many partitions two members were apart, over the time with members that stay.
	Ratio, Spread Distribution
	// Unowned is the time in which some partition had no owner that was alive. Uneven is
	// the time in which some member was more than one partition away from its share, or
	// outside its band.
	Unowned, Uneven time.Duration
	// Breaches are the plans that broke a promise, of a planner that is bound to them.
	Breaches []Breach
	// Samples follow the planner through the trace.
	Samples []Sample
	// Planning is the time that all plans took together, and Longest the longest of them.
	// They are the only figures that differ from one replay to the next.
	Planning, Longest time.Duration
}

// Sample is how things are from an instant on.
type Sample struct {
	At    time.Duration
	Ratio float64 // 0 while there is no member
	Moves int64   // up to then
	Load  int64   // of these moves
}
