// Package replay plays a trace through planners and measures what each makes of it: how
// much moves, against the least that had to; how even the group is over time; how long
// partitions have no owner. Equal traces give equal results, to the byte, but for the
// time that planning took.
//
// Everything is counted from the state that a planner has brought itself into. A planner
// that works in rounds acts at the next multiple of its round after a change, and again
// until it changes nothing; the others act at once. What happens at one instant is one
// change. A crash is known when the ttl of the trace is over: until then planners count on
// the member, and nobody works on its partitions.
//
// Plans of this library are held to its promises, with sums of our own: see Breach.
package replay
