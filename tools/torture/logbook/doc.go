// Package logbook is the log service of a torture run, a process of its own among those
// that it writes about: workers tell it by a local socket what they do, and it judges
// nothing. It is also the resource that the partitions protect: it accepts a write only
// with a token that is not below the largest one it has seen for the partition.
//
// What a worker tells carries readings of the machine's monotonic clock, taken before and
// after the thing told. Messages can arrive late, for a worker can be stopped between the
// two; the readings do not move by that.
package logbook
