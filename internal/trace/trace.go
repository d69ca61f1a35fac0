package trace

import (
	"fmt"
	"time"
)

// The limits of a trace. They keep a mistyped number from filling the memory.
const (
	MaxPartitions = 1_000_000
	MaxMembers    = 100_000 // names, over the whole trace
	MaxEvents     = 2_000_000
	MaxName       = 64                   // bytes of a name
	MaxZone       = 999                  // the largest zone; the smallest is 0
	MaxCapacity   = 1_000                // the largest capacity; the smallest is 1
	MaxWeight     = 1_000_000_000        // the largest weight; the smallest is 0
	MaxTime       = 366 * 24 * time.Hour // of any time and duration
)

// What a trace says when it says nothing.
const (
	DefaultTTL  = 15 * time.Second
	DefaultTail = 10 * time.Minute
)

// Kind is what happens in an event.
type Kind uint8

// The kinds of events, as a trace spells them in String.
const (
	Join   Kind = iota // a member comes that was never there
	Leave              // a member hands over what it owns, and goes
	Crash              // a member is gone; nobody knows before the TTL is over
	Away               // a member is gone, and expected back
	Return             // a member is back under its name
	Weight             // the load of some partitions changes
)

var kinds = []string{"join", "leave", "crash", "away", "return", "weight"}

// String returns the word that a trace uses.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Event is one thing that happens. The fields that its kind does not use are zero.
type Event struct {
	At   time.Duration // since the start
	Kind Kind

	Member   string
	Zone     int32         // of a member that joins
	Capacity int           // of a member that joins, at least 1
	For      time.Duration // Leave: how long until it is gone. Away: until it is given up.

	Range  Range // the partitions of a Weight
	Weight int64
}

// Range is the partitions from First to Last, both included.
type Range struct{ First, Last int32 }

// ZoneRange says in which zone partitions should be owned.
type ZoneRange struct {
	Range
	Zone int32
}

// Trace is a whole story. One that Parse or Generate returns is valid.
type Trace struct {
	Partitions int
	TTL        time.Duration // how long a crash stays unnoticed
	End        time.Duration // at or after the last event
	Zones      []ZoneRange   // in order, without overlap
	Events     []Event       // by time
}

// Weighted reports whether the trace sets any weight.
func (t *Trace) Weighted() bool { return t.has(func(e *Event) bool { return e.Kind == Weight }) }

// Uneven reports whether members have different capacities.
func (t *Trace) Uneven() bool {
	first := 0
	return t.has(func(e *Event) bool {
		if e.Kind != Join {
			return false
		}
		if first == 0 {
			first = e.Capacity
		}
		return e.Capacity != first
	})
}

func (t *Trace) has(property func(*Event) bool) bool {
	for i := range t.Events {
		if property(&t.Events[i]) {
			return true
		}
	}
	return false
}
