package tenuretest

import (
	"time"

	"github.com/tenure-go/tenure/internal/virtual"
)

// Freeze stops the process for d, as SIGSTOP and SIGCONT do, and returns at
// once. Its calls to the store and the answers wait, and the timers of its
// claims do not fire: their contexts do not end, while Check compares the clock.
// The worker's own goroutines and timers go on; the package comment says why
// that finds the same mistakes.
func (m *Member) Freeze(d time.Duration) {
	if m.dead() {
		return
	}
	m.cluster.timeline.add(m.label, "", "is frozen for %v", d)
	until := time.Now().Add(d)
	m.mu.Lock()
	if until.After(m.asleep) {
		m.asleep = until
	}
	m.mu.Unlock()
	m.clock.Freeze()
	time.AfterFunc(d, m.wake)
}

// wake ends a freeze that is over.
func (m *Member) wake() {
	m.mu.Lock()
	over := !m.crashed && !time.Now().Before(m.asleep)
	m.mu.Unlock()
	if over {
		m.clock.Thaw()
	}
}

// Cut parts the process from the store until Heal: neither requests nor answers
// arrive, and nothing says so.
func (m *Member) Cut() {
	m.fault("is cut off", func(s *virtual.State) { s.Cut = true })
}

// CutReplies loses what the store answers until Heal. The requests arrive: it
// renews the session without knowing.
func (m *Member) CutReplies() {
	m.fault("gets no replies", func(s *virtual.State) { s.Deaf = true })
}

// HoldReplies holds back what the store answers until Heal, and then delivers
// it: too late, for a call that was given up meanwhile.
func (m *Member) HoldReplies() {
	m.mu.Lock()
	if m.held == nil {
		m.held = make(chan struct{})
	}
	held := m.held
	m.mu.Unlock()
	m.fault("has its replies held", func(s *virtual.State) { s.Held = held })
}

// Delay makes every answer of the store come d later, until Heal. d must not be
// negative. Watches, which only hint, are not slowed.
func (m *Member) Delay(d time.Duration) {
	if d < 0 {
		m.cluster.Fatalf("Delay(%v): it must not be negative", d)
	}
	m.fault("has its replies delayed by "+d.String(), func(s *virtual.State) { s.Faults.ReplyDelay = d })
}

// Lose loses each request and each answer with probability p, from 0 to 1,
// until Heal.
func (m *Member) Lose(p float64) {
	if p < 0 || p > 1 {
		m.cluster.Fatalf("Lose(%v): a probability is 0 to 1", p)
	}
	m.fault("loses messages", func(s *virtual.State) { s.Faults.LoseRequest, s.Faults.LoseReply = p, p })
}

// fault changes the network of a process that lives.
func (m *Member) fault(what string, change func(*virtual.State)) {
	if m.dead() {
		return
	}
	m.cluster.timeline.add(m.label, "", "%s", what)
	m.net.Set(change)
}

// Heal ends what Freeze, Cut, CutReplies, HoldReplies, Delay and Lose did. A
// crash is not healed: start the name again.
func (m *Member) Heal() {
	m.unhold()
	m.mu.Lock()
	m.asleep = time.Time{}
	m.mu.Unlock()
	m.fault("is healed", func(s *virtual.State) { *s = virtual.State{} })
	m.wake()
}

// unhold lets held replies go.
func (m *Member) unhold() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held != nil {
		close(m.held)
		m.held = nil
	}
}
