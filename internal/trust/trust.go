// Package trust is the rule of time that keeps two nodes apart, as pure
// functions: package membership runs it, and a model explores it. All times are
// of one node's own clock.
package trust

import "time"

// Rule says what is taken off the time that a store grants. See A2 and A2w of
// docs/guarantees.md.
type Rule struct {
	// ClockError is the assumed relative error between the rates of the node's
	// clock and the store's.
	ClockError float64
	// ClockStep is how far the store's clock may be stepped forward meanwhile.
	ClockStep time.Duration
	// Margin is for timers that fire late.
	Margin time.Duration
}

// For is how long a session may be trusted after a renewal was sent, when the
// store keeps it for validFor.
func (r Rule) For(validFor time.Duration) time.Duration {
	return time.Duration(float64(validFor)*(1-r.ClockError)) - r.ClockStep - r.Margin
}

// Open reports whether a window that ends at until is open at now.
func Open(now, until time.Duration) bool { return now < until }

// Extend takes the answer to a renewal at now: next is the end of the window by
// that renewal, until its present end. The end never moves back, and a window
// that is over stays over: a late answer extends nothing and revives nothing.
func Extend(now, until, next time.Duration) (time.Duration, bool) {
	if !Open(now, until) {
		return until, false
	}
	return max(until, next), true
}
