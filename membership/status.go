package membership

import (
	"slices"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// Status is a node's health at one moment, for probes and for people.
type Status struct {
	// Name and Session tell who this is; Session is empty while the node has
	// none.
	Name    string
	Session backends.SessionID
	// Healthy says that the session may be trusted right now.
	Healthy bool
	// TrustLeft is what remains of the trust window.
	TrustLeft time.Duration
	// SinceRenewal is how long ago the store last answered a renewal.
	SinceRenewal time.Duration
	// LastError is the outcome of the last failed attempt, nil after a success.
	LastError error
	// Rejoins counts how often a session was lost and replaced.
	Rejoins int
	// Leaving says that Leave was called.
	Leaving bool
	// Claims is the number of claims held; Stuck names the callbacks that were
	// asked to stop more than a TTL ago and have not returned.
	Claims int
	Stuck  []string
}

// Status returns the node's health. It does no I/O and does not wait for any:
// fit for a liveness probe. A node is worth restarting when it has not been
// Healthy for several TTLs, or when Stuck does not shrink.
func (n *Node) Status() Status {
	now := n.cfg.Clock.Now()
	n.mu.Lock()
	inc := n.inc
	s := Status{
		Name: n.cfg.Name, SinceRenewal: now - n.lastOK, LastError: n.lastErr,
		Rejoins: n.rejoins, Leaving: n.leaving,
	}
	n.mu.Unlock()
	if inc != nil {
		s.Session, s.TrustLeft = inc.ID(), inc.Left()
		s.Healthy = inc.Check() == nil
	}
	for _, k := range n.allKeepers() {
		claims, stuck := k.status(n.cfg.TTL)
		s.Claims += claims
		s.Stuck = append(s.Stuck, stuck...)
	}
	slices.Sort(s.Stuck)
	return s
}

func (k *Keeper) status(stuckAfter time.Duration) (claims int, stuck []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, s := range k.slots {
		if s.state.Running || s.state.Draining {
			claims++
		}
		if s.held != nil && s.held.stoppingFor() > stuckAfter {
			stuck = append(stuck, k.scope+"/"+name)
		}
	}
	return claims, stuck
}
