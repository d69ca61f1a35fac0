// Package trace describes what happens to a group over time: members that come and
// go, and load that changes. A trace is a text of lines; a planner that plays one
// sees the same story each time.
//
//	# Everything after # is a comment.
//	partitions 100            how many there are; the first line
//	ttl 15s                   how long a crash stays unnoticed
//	end 1h                    when the trace ends
//	zone 0-49 1               partitions 0 to 49 should be owned in zone 1
//
//	0s   join a zone=1        a member comes, which was never there
//	0s   join b capacity=2    its share is twice that of the others
//	5m   weight 7 300         partition 7 is a load of 300
//	10m  leave a after=30s    it hands over what it owns, and is gone 30s later
//	20m  crash b              it is gone, and nobody knows before the ttl is over
//	21m  return b             it is back, under the same name
//	30m  away b for=1m        it is gone, and expected back within a minute
//
// The settings come first: partitions, then ttl (DefaultTTL if left out), end (the time
// of the last event plus DefaultTail) and any number of zones, of ranges that do not
// overlap. The events follow in the order of their times, counted from the start. What
// happens at one instant is known at once. Times and durations are numbers with units,
// as in 1h30m or 1.5s.
//
// A member has a zone (0 if left out) and a capacity (1 if left out), which it keeps when
// it returns. A range of partitions is one index, or the first and the last. All weights
// are 1 until the first event that sets one.
//
// The package also makes traces, from a seed: see Generate.
package trace
