// Package checks judges the log of a torture run: one file for each guarantee of
// docs/guarantees.md, pure functions of the log.
//
// An event carries two readings of one clock, before and after what it tells. A check calls
// something a violation only if the readings leave no other order. So a message that was
// in flight while its sender was stopped is never held against it, and an overlap is seen
// however late its messages arrive.
package checks
