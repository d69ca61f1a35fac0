package observe

import (
	"maps"
	"sync"
	"time"
)

// Counters is an Observer that keeps totals and durations of the events of one
// process, for a metrics adapter or a status page. Its size does not grow with
// the partitions that were ever owned, and nothing in it is told apart by
// partition. The zero Counters is ready; it must not be copied. All methods are
// safe for concurrent use.
type Counters struct {
	mu     sync.Mutex // guards what follows
	totals Snapshot
	// revoked holds since when claims have been draining, lost since when
	// nodes have had no session.
	revoked map[drain]time.Time
	lost    map[string]time.Time
}

// drain names a claim that is to be given up.
type drain struct{ node, scope, key string }

// Snapshot is what Counters has counted since the beginning.
type Snapshot struct {
	// Events counts all events by name. A name that never came is not in it.
	Events map[string]uint64

	// Opens is how long it took to open sessions, Renewals how long the store
	// took to renew them, FailedRenewals how long attempts took that failed.
	Opens, Renewals, FailedRenewals Durations
	// Rejoins is how long nodes had no session, from the loss of one to the
	// next: in that time they own nothing.
	Rejoins Durations
	// Drains is how long callbacks took to return after they were asked to.
	Drains Durations
	// HandOvers is the time from the revocation of a claim to the moment it is
	// written over to its next owner, the drain included.
	HandOvers Durations
	// Plans is how long the coordinator took for a plan and for writing it.
	Plans Durations

	// HandedOver counts claims that went to a named next owner, Released those
	// that were set free.
	HandedOver, Released uint64
	// Moves counts the voluntary moves of all plans, LowerBound their provable
	// minimum, Placed the partitions without owner that were given one. A move
	// under way counts as done in the next plan, unless it took too long.
	Moves, LowerBound, Placed uint64
	// Refused counts how often a failing callback made a node refuse its
	// partition for a while.
	Refused uint64
}

// Snapshot returns a copy that does not change any more.
func (c *Counters) Snapshot() Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.totals
	s.Events = maps.Clone(s.Events)
	return s
}

// Observe implements Observer.
func (c *Counters) Observe(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.totals.Events == nil {
		c.totals.Events = map[string]uint64{}
		c.revoked = map[drain]time.Time{}
		c.lost = map[string]time.Time{}
	}
	c.totals.Events[e.Name()]++
	switch e := e.(type) {
	case SessionOpened:
		c.opened(e)
	case SessionRenewed:
		c.totals.Renewals.add(e.Took)
	case RenewFailed:
		c.totals.FailedRenewals.add(e.Took)
	case SessionLost:
		c.sessionLost(e)
	case NodeLeft:
		c.forget(e.Node)
	case ClaimStarted:
		delete(c.revoked, drainOf(e.Claim)) // wanted again before it was given up
	case ClaimRevoked:
		c.revoked[drainOf(e.Claim)] = time.Now()
	case ClaimLost:
		delete(c.revoked, drainOf(e.Claim))
	case ClaimReturned:
		if e.Took > 0 { // 0: it returned without being asked to
			c.totals.Drains.add(e.Took)
		}
	case ClaimGiven:
		c.given(e)
	case CallbackFailed:
		if e.Refused {
			c.totals.Refused++
		}
	case PlanMade:
		c.planned(e)
	}
}

func drainOf(c Claim) drain { return drain{c.Node, c.Scope, c.Key} }

func (c *Counters) opened(e SessionOpened) {
	c.totals.Opens.add(e.Took)
	if since, ok := c.lost[e.Node]; ok {
		c.totals.Rejoins.add(time.Since(since))
		delete(c.lost, e.Node)
	}
}

func (c *Counters) sessionLost(e SessionLost) {
	c.forget(e.Node)
	c.lost[e.Node] = time.Now()
}

// forget drops what waits for a later event of a node that will not come.
func (c *Counters) forget(node string) {
	delete(c.lost, node)
	maps.DeleteFunc(c.revoked, func(d drain, _ time.Time) bool { return d.node == node })
}

func (c *Counters) given(e ClaimGiven) {
	since, revoked := c.revoked[drainOf(e.Claim)]
	delete(c.revoked, drainOf(e.Claim))
	if e.To == "" {
		c.totals.Released++
		return
	}
	c.totals.HandedOver++
	if revoked { // else its callback returned before it was asked to
		c.totals.HandOvers.add(time.Since(since))
	}
}

func (c *Counters) planned(e PlanMade) {
	c.totals.Plans.add(e.Took)
	c.totals.Moves += uint64(max(e.Moves, 0))
	c.totals.LowerBound += uint64(max(e.LowerBound, 0))
	c.totals.Placed += uint64(max(e.Placed, 0))
}
