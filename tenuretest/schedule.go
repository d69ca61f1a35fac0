package tenuretest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/internal/virtual"
)

// Fault is what can happen to a process in a Schedule.
type Fault int

// The faults. Each lasts for Step.For and is made good then.
const (
	// Crash ends the process as Member.Crash does; after For one of the same
	// name is started.
	Crash Fault = iota
	// Leave asks the process to stop; after For one of the same name is
	// started. One that has not ended by then is crashed first.
	Leave
	// Freeze stops the process, as Member.Freeze does.
	Freeze
	// Cut, CutReplies and HoldReplies do what the methods of Member do.
	Cut
	CutReplies
	HoldReplies
	// Slow makes every answer come a quarter of a TTL late.
	Slow
	// Lossy loses one message in ten, lets one request in ten land up to three
	// TTLs after it was given up, one write in five land twice, and now and
	// then ends a watch or lets it say that a session is gone that lives.
	Lossy
)

var faultNames = []string{"Crash", "Leave", "Freeze", "Cut", "CutReplies", "HoldReplies", "Slow", "Lossy"}

// String returns the name of the fault's constant.
func (f Fault) String() string {
	if f < 0 || int(f) >= len(faultNames) {
		return fmt.Sprintf("Fault(%d)", int(f))
	}
	return faultNames[f]
}

// Step is one fault of a Schedule.
type Step struct {
	// At is when the fault begins, from the beginning of Play.
	At time.Duration
	// Fault is what happens, Member to whom: the number of a name in the order
	// in which names were first started, modulo how many there are.
	Fault  Fault
	Member int
	// For is how long it lasts.
	For time.Duration
}

// Schedule is a list of faults. It is plain data: one that made a test fail can
// be kept as a test of its own, with Run and Play.
type Schedule []Step

// String returns the schedule as a Go literal.
func (s Schedule) String() string {
	var b strings.Builder
	b.WriteString("tenuretest.Schedule{\n")
	for _, step := range s {
		fmt.Fprintf(&b, "\t{At: %s, Fault: tenuretest.%v, Member: %d, For: %s},\n", literal(step.At), step.Fault, step.Member, literal(step.For))
	}
	b.WriteString("}")
	return b.String()
}

// literal returns a duration as Go source.
func literal(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Second, "time.Second"}, {time.Millisecond, "time.Millisecond"}} {
		if d%unit.size == 0 {
			return fmt.Sprintf("%d*%s", d/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d", int64(d))
}

// The bounds of what is drawn: faults begin within a minute, and last up to
// three default TTLs, so that sessions are lost in some and not in others.
const (
	mostSteps = 12
	mostAt    = time.Minute
	mostFor   = 45 * time.Second
	grain     = 100 * time.Millisecond
)

// draw returns the schedule of a seed.
func draw(seed uint64) Schedule {
	rng := rand.New(rand.NewPCG(seed, 3))
	span := func(most time.Duration) time.Duration {
		return grain * time.Duration(rng.Int64N(int64(most/grain)))
	}
	s := make(Schedule, 1+rng.IntN(mostSteps))
	for i := range s {
		s[i] = Step{At: span(mostAt), Fault: Fault(rng.IntN(len(faultNames))), Member: rng.IntN(mostSteps), For: grain + span(mostFor)}
	}
	slices.SortStableFunc(s, func(a, b Step) int { return int(a.At - b.At) })
	return s
}

// Play makes the faults of a schedule happen to the members of the cluster, and
// returns when the last of them has been made good. The members must have been
// started before; one that does not run when its turn comes is spared.
func (c *Cluster) Play(s Schedule) {
	c.Helper()
	type event struct {
		at  time.Duration
		act func()
	}
	var events []event
	for _, step := range s {
		var undo func()
		events = append(events,
			event{step.At, func() { undo = c.strike(step) }},
			event{step.At + step.For, func() { undo() }})
	}
	slices.SortStableFunc(events, func(a, b event) int { return int(a.at - b.at) })
	begun := time.Now()
	for _, e := range events {
		time.Sleep(e.at - time.Since(begun))
		e.act()
	}
}

// strike makes one fault happen and returns what makes it good again.
func (c *Cluster) strike(step Step) (undo func()) {
	c.Helper()
	m := c.nth(step.Member)
	if m == nil || m.departing() {
		return func() {}
	}
	switch step.Fault {
	case Crash:
		m.Crash()
		return func() { c.again(m) }
	case Leave:
		m.askToStop()
		return func() { c.again(m) }
	case Freeze:
		m.Freeze(step.For)
		return func() {}
	case Cut:
		m.Cut()
		return func() { m.mend(func(s *virtual.State) { s.Cut = false }) }
	case CutReplies:
		m.CutReplies()
		return func() { m.mend(func(s *virtual.State) { s.Deaf = false }) }
	case HoldReplies:
		m.HoldReplies()
		return func() {
			m.unhold()
			m.mend(func(s *virtual.State) { s.Held = nil })
		}
	case Slow:
		m.weather("is slow", virtual.Faults{Delay: c.ttl() / 50, ReplyDelay: c.ttl() / 4})
	case Lossy:
		m.weather("loses messages", virtual.Faults{
			Delay: c.ttl() / 50, LoseRequest: 0.1, LoseReply: 0.1, Late: 0.1, LateBy: 3 * c.ttl(), Twice: 0.2,
			WatchLag: c.ttl() / 20, WatchFails: 0.02, FalseAlarm: 0.02,
		})
	default:
		c.Fatalf("Play: %v is no fault", step.Fault)
	}
	return func() { m.mend(func(s *virtual.State) { s.Faults = virtual.Faults{} }) }
}

// nth returns the process of the n-th name, nil if it does not run.
func (c *Cluster) nth(n int) *Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.names) == 0 {
		return nil
	}
	return c.members[c.names[((n%len(c.names))+len(c.names))%len(c.names)]]
}

// again starts another process in place of one that has crashed or was asked to
// stop.
func (c *Cluster) again(m *Member) {
	select {
	case <-m.done:
	default:
		if !m.dead() {
			m.Crash() // as an orchestrator kills what has not stopped in time
		}
	}
	c.Start(m.name, m.worker)
}

// weather sets the ordinary faults of the network.
func (m *Member) weather(what string, faults virtual.Faults) {
	m.fault(what, func(s *virtual.State) { s.Faults = faults })
}

// mend ends one fault of the network of a process that lives.
func (m *Member) mend(change func(*virtual.State)) { m.fault("is better", change) }
