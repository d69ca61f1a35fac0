// Package plan is the pure part of sharing out partitions: the records that a
// group keeps in the store, and the function that turns what a coordinator sees
// into one plan per member. It does no I/O and reads no clock, so that the
// library, its simulator and its model run the same code, and other tools can
// read the records. docs/protocol.md shows them.
package plan
