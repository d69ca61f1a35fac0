package tenuretest

import (
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/virtual"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

// slack is how late a timer of a process that runs may be: virtual time has no
// scheduler to wait for.
const slack = 10 * time.Millisecond

// eye turns the events of one process into what the referee judges.
type eye struct {
	m *Member

	mu      sync.Mutex // guards what follows; the referee may be waiting while it is held
	session backends.SessionID
	until   time.Duration // end of the trust window, by the process's clock
	joined  bool          // and not left
	met     map[backends.SessionID]bool
	stints  map[string]*stint // by claim: started and not returned
}

// stint is a claim of this process from its start to its return.
type stint struct {
	*virtual.Stint
	lost  bool // told that it is gone
	stuck bool // it may have been abandoned by partitions.StuckAbandon
}

func newEye(m *Member) *eye {
	return &eye{m: m, met: map[backends.SessionID]bool{}, stints: map[string]*stint{}}
}

// keyOf names a claim for people: its group or election, and its name there.
func keyOf(scope, name string) string { return scope + "/" + name }

// see implements the observer of a process. Nothing is held while the referee
// is told: it looks back at the trust of the claims.
func (y *eye) see(e observe.Event) {
	c := y.m.cluster
	switch e := e.(type) {
	case observe.SessionOpened:
		y.opened(e)
	case observe.SessionRenewed:
		y.renewed(e)
	case observe.SessionLost:
		c.timeline.add(y.m.label, "", "loses its session: %v", e.Cause)
		y.closed(e.Session)
	case observe.NodeLeft:
		c.timeline.add(y.m.label, "", "leaves")
		y.closed(e.Session)
		y.mu.Lock()
		y.joined = false
		y.mu.Unlock()
	case observe.ClaimStarted:
		y.started(e)
	case observe.ClaimRevoked:
		c.timeline.add(y.m.label, keyOf(e.Scope, e.Key), "is asked to give it up (token %d)", e.Token)
	case observe.ClaimLost:
		c.timeline.add(y.m.label, keyOf(e.Scope, e.Key), "loses it (token %d)", e.Token)
		y.mark(e.Claim, func(s *stint) { s.lost = true })
	case observe.CallbackStuck:
		c.timeline.add(y.m.label, keyOf(e.Scope, e.Key), "is stuck with it (token %d)", e.Token)
		y.mark(e.Claim, func(s *stint) { s.stuck = true })
	case observe.ClaimGiven: // while its callback runs: abandoned on request
		y.mark(e.Claim, func(s *stint) { s.lost = true })
	case observe.CallbackFailed:
		c.timeline.add(y.m.label, keyOf(e.Scope, e.Key), "fails: %v", e.Err)
	case observe.ClaimReturned:
		y.returned(e)
	case observe.PlanMade:
		if e.Exact && e.Moves != e.LowerBound {
			c.referee.Breach("", "L3 a plan of group %s with %d moves, the minimum is %d", e.Group.Group, e.Moves, e.LowerBound)
		}
	}
}

// opened notes a session. Its first trust window is not told: it counts as long
// as the store's grant by the slowest clock that membership assumes.
func (y *eye) opened(e observe.SessionOpened) {
	now := y.m.clock.Now()
	y.mu.Lock()
	y.joined = true
	y.session = backends.SessionID(e.Session)
	y.met[y.session] = true
	y.until = now - e.Took + time.Duration(float64(e.ValidFor)*(1-membership.DefaultClockError))
	left := y.until - now
	y.mu.Unlock()
	y.m.cluster.timeline.add(y.m.label, "", "opens a session")
	y.expect(e.Session, left)
}

func (y *eye) renewed(e observe.SessionRenewed) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if string(y.session) == e.Session {
		y.until = y.m.clock.Now() + e.Left
	}
}

// closed notes that a session is not trusted any more.
func (y *eye) closed(session string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if string(y.session) == session {
		y.session = ""
	}
}

// expect judges S3: at the end of its trust window, when nothing has extended
// it, a process that runs has ended its session's context.
func (y *eye) expect(session string, left time.Duration) {
	clock := y.m.clock
	clock.AfterFunc(left+slack, func() {
		// After a freeze all timers that came due fire together: wait for the
		// others.
		clock.AfterFunc(slack, func() {
			y.mu.Lock()
			current, left := string(y.session) == session, y.until-clock.Now()
			y.mu.Unlock()
			switch {
			case !current || y.m.cluster.world.Err() != nil:
			case left > -slack:
				y.expect(session, max(0, left))
			default:
				y.m.cluster.referee.Breach("", "S3 %s is not told that its trust window has ended", y.m.label)
			}
		})
	})
}

func (y *eye) started(e observe.ClaimStarted) {
	key, token := keyOf(e.Scope, e.Key), claim.Token(e.Token)
	s := &stint{Stint: &virtual.Stint{Node: y.m.label, Key: key, Token: token}}
	y.mu.Lock()
	s.Session = y.session
	s.Trusted = func() bool { return y.trusts(s) }
	y.stints[key] = s
	y.mu.Unlock()
	c := y.m.cluster
	c.timeline.add(y.m.label, key, "starts it (token %d)", e.Token)
	c.ledger.confirm(y.m, key, token)
	c.referee.Started(s.Stint)
}

func (y *eye) returned(e observe.ClaimReturned) {
	key := keyOf(e.Scope, e.Key)
	y.mu.Lock()
	s := y.stints[key]
	if s != nil && uint64(s.Token) == e.Token {
		delete(y.stints, key)
	}
	y.mu.Unlock()
	if s == nil {
		return
	}
	y.m.cluster.timeline.add(y.m.label, key, "has returned (token %d)", e.Token)
	y.m.cluster.referee.Ended(s.Stint)
}

// mark changes the stint that an event is about.
func (y *eye) mark(c observe.Claim, change func(*stint)) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if s := y.stints[keyOf(c.Scope, c.Key)]; s != nil && uint64(s.Token) == c.Token {
		change(s)
	}
}

// trusts reports whether the claim's Check answers nil for all that is known:
// that of a stuck callback may have been abandoned a moment ago.
func (y *eye) trusts(s *stint) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return !s.stuck && y.holds(s)
}

// holds reports whether the claim is neither lost nor out of time. The caller
// holds mu.
func (y *eye) holds(s *stint) bool {
	return !s.lost && s.Session == y.session && y.m.clock.Now() < y.until
}

// runs reports whether a callback of the claim has not returned and was not
// given up on.
func (y *eye) runs(key string) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	s := y.stints[key]
	return s != nil && !s.stuck
}

// owns reports whether this process may act on a claim right now.
func (y *eye) owns(key string) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	s := y.stints[key]
	return s != nil && y.holds(s)
}

// left is what remains of a session's trust window, 0 after its end.
func (y *eye) left(session backends.SessionID) time.Duration {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.session != session {
		return 0
	}
	return max(0, y.until-y.m.clock.Now())
}

// announced reports whether a session of the store came with an event.
func (y *eye) announced(session backends.SessionID) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.met[session]
}

// stays reports whether the process's node has joined and not left.
func (y *eye) stays() bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.joined
}

// renewing is told by the network of each renewal that the process sends.
func (m *Member) renewing(session backends.SessionID) {
	m.cluster.referee.Renewing(m.label, session, m.eye.left(session))
}
