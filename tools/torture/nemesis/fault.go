package nemesis

import (
	"fmt"
	"time"
)

// Kind is a kind of fault.
type Kind string

// The kinds. Those of a worker hit one process, those of a path the network between it
// and the store, those of a server one server of the store.
const (
	Kill    Kind = "kill -9"        // and a new process after the time
	Stop    Kind = "SIGSTOP"        // and SIGCONT
	Freeze  Kind = "freezer"        // a control group is frozen and thawed
	Leave   Kind = "leave"          // SIGTERM, and a new process after the time
	Join    Kind = "join"           // one more worker, which leaves after the time
	Hang    Kind = "hang"           // a callback does not return
	Deafen  Kind = "start cut"      // kill, and a new process whose network is silent at first
	Session Kind = "session killed" // ended in the store by somebody outside

	Cut         Kind = "cut"           // nothing arrives either way
	CutRequests Kind = "requests lost" // one way
	CutReplies  Kind = "replies lost"  // the other way
	Delay       Kind = "replies late"
	Hold        Kind = "replies held"  // and released
	HalfOpen    Kind = "half-open"     // old connections are silent for ever, new ones are not
	Resets      Kind = "resets"        // every connection is reset, again and again
	Partition   Kind = "namespace cut" // the worker's network namespace loses its link

	ServerKill    Kind = "server killed"  // and restarted after the time
	ServerStop    Kind = "server stopped" // in order, and restarted after the time
	ServerRestart Kind = "server restarted"
	ServerPause   Kind = "server paused"
	LeaderKill    Kind = "leader killed" // the leader of a cluster
	ClockStep     Kind = "clock stepped" // the wall clock of the server
	Failover      Kind = "failover"      // to a replica that stood still for the time before

	Starve Kind = "starved" // programs that use all processors
)

// On says what a kind of fault hits.
type On int

// What is hit.
const (
	OnWorker On = iota
	OnPath
	OnServer
	OnMachine
)

// On returns what the kind hits.
func (k Kind) On() On {
	switch k {
	case Cut, CutRequests, CutReplies, Delay, Hold, HalfOpen, Resets, Partition:
		return OnPath
	case ServerKill, ServerStop, ServerRestart, ServerPause, LeaderKill, ClockStep, Failover:
		return OnServer
	case Starve, Join:
		return OnMachine
	default:
		return OnWorker
	}
}

// Fault is one fault of a plan.
type Fault struct {
	Kind   Kind
	At     time.Duration // since the beginning of the run
	For    time.Duration
	Target int           // the number of the worker, or of the server
	Late   time.Duration // Delay: by how much
}

// String shows the fault in one line.
func (f Fault) String() string {
	whom := ""
	switch f.Kind.On() {
	case OnWorker, OnPath:
		whom = fmt.Sprintf(" of w%d", f.Target)
	case OnServer:
		whom = fmt.Sprintf(" %d", f.Target)
	}
	late := ""
	if f.Late > 0 {
		late = fmt.Sprintf(" by %v", f.Late.Round(time.Millisecond))
	}
	return fmt.Sprintf("%7.2f s  %s%s%s for %.2f s", f.At.Seconds(), f.Kind, whom, late, f.For.Seconds())
}
