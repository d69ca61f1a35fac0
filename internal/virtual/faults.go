package virtual

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// Faults are how badly a node's network treats it. Probabilities are per call.
type Faults struct {
	Delay       time.Duration // longest ordinary delay of a request or a reply
	ReplyDelay  time.Duration // of every reply, on top
	LoseRequest float64
	LoseReply   float64
	Late        float64       // the request lands after the call was given up
	LateBy      time.Duration // at most
	Twice       float64       // a copy of a write lands later
	WatchLag    time.Duration // longest delay of one event
	WatchFails  float64       // per event
	FalseAlarm  float64       // per event: a session that is there is said to be gone, and back a little later
}

// State is what a Network does to the calls of its node. It is changed by
// Network.Set.
type State struct {
	Faults Faults
	// Cut loses requests, replies and events.
	Cut bool
	// Deaf loses replies and events: the store hears the node.
	Deaf bool
	// Held holds replies and events back until it is closed; nil holds none.
	Held <-chan struct{}
	// Hold says how much later a request lands than it was sent; nil for none.
	Hold func(backends.Write) time.Duration
	// Lose picks events that are lost on their way to a watch, once it is in step,
	// without a trace; nil for none.
	Lose func(watch []backends.Selector, e backends.Event) bool
	// Block says of a write that the request with it is lost; nil for none.
	Block func(backends.Write) bool

	// Writes counts the calls of Write that reached the store; Wrote is the
	// first item of the last of them.
	Writes int
	Wrote  backends.Write
}

var errNetwork = errors.New("simulated network fault")

// fate is what happens to one call.
type fate struct {
	cut, loseRequest, loseReply, late, twice bool
	before, after, later                     time.Duration
}

func (n *Network) draw() fate {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := n.state.Faults
	chance := func(p float64) bool { return p > 0 && n.rng.Float64() < p }
	span := func(most time.Duration) time.Duration {
		if most <= 0 {
			return 0
		}
		return time.Duration(n.rng.Int64N(int64(most)))
	}
	return fate{
		cut: n.state.Cut, loseRequest: chance(f.LoseRequest), loseReply: chance(f.LoseReply), late: chance(f.Late), twice: chance(f.Twice),
		before: span(f.Delay), after: f.ReplyDelay + span(f.Delay), later: span(f.LateBy),
	}
}

// seeded returns the source of a node's fates.
func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
