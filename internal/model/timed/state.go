package timed

import (
	"fmt"
	"time"

	"github.com/tenure-go/tenure/internal/trust"
)

// Bounds of the model, in units of time. The store's clock takes steps of step
// units; ρ is a quarter, so that a node's clock takes 3 to 5 meanwhile. The
// variants choose the TTL.
const (
	step     = 4
	jump     = 8 // how far the store's clock is stepped forward, where it is
	slowest  = 3
	fastest  = 5
	lateness = 3 // the latest that a timer of a process that runs fires
	margin   = lateness + 1
	over     = -8 // how long ago the window ended counts up to here
	calls    = 2  // renewals under way
)

// State is the whole world. All times are relative to now.
type State struct {
	// Of the store: what is left of the session, 0 for expired; whether it is
	// dead for good; whether the claim was granted to the other node.
	left          int8
	dead, granted bool
	stepped       bool // the store's clock was stepped forward
	// Of the node, by its own clock: what is left of the window, whether it was
	// closed and the contexts ended, and whether the process is stopped. Woke
	// says that the process was stopped when the window ended: its timers are
	// due, and nothing has run yet.
	until                int8
	closed, paused, woke bool
	leaving              departure
	renewals             [calls]renewal
	// seen is how long ago, by its own clock, the other node may have seen a
	// renewal: only a broken variant looks at it.
	seen int8
}

// departure is how far the node is with leaving.
type departure uint8

const (
	stays   departure = iota
	closing           // Close is on its way
	left              // Close has arrived, or is lost
)

// renewal is one call: on its way to the store, or its answer on its way back.
type renewal struct {
	phase phase
	ago   int8 // when it was sent, by the node's clock
}

type phase uint8

const (
	none phase = iota
	request
	answer
)

func initial(r Rules) State {
	return State{left: r.ttl, until: r.window()}
}

// check is what Check answers: it looks at the clock, not only at what timers
// have closed.
func (s *State) check() bool { return !s.closed && trust.Open(0, time.Duration(s.until)) }

// canonical forgets what no longer matters and orders the calls.
func (s *State) canonical() {
	if s.closed {
		s.until, s.woke = 0, false
	}
	a, b := s.renewals[0], s.renewals[1]
	if a.phase < b.phase || a.phase == b.phase && a.ago < b.ago {
		s.renewals[0], s.renewals[1] = b, a
	}
}

// broken says which promise a state breaks, or nothing.
func (s *State) broken() string {
	switch {
	case s.granted && s.check():
		return fmt.Sprintf("S2: the claim was granted to another node while Check answers nil for %d units more", s.until)
	case s.granted && !s.closed && !s.paused && !s.woke:
		return fmt.Sprintf("S3: the claim was granted to another node, and the contexts are open %d units after the window", -s.until)
	}
	return ""
}
