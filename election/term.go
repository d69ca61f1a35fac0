package election

import (
	"context"

	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
)

// Term is one period of leadership of this process. It is safe for concurrent
// use.
type Term struct {
	held *membership.Held
	c    *Candidate
}

// Token returns the term's fencing token, larger than that of every earlier
// term of the election. Send it along with each effect, and let the resource
// refuse smaller ones.
func (t Term) Token() claim.Token { return t.held.Token() }

// Context is done when the leader has to stop: membership.ErrRevoked as its
// cause means that it still leads and should finish, membership.ErrLost that it
// does not lead any more. Its Err compares the clock with the trust window;
// that of a derived context does not, so use Check before what matters.
func (t Term) Context() context.Context { return t.held.Context() }

// HeldContext is done when the leadership is really gone, also after a
// revocation.
func (t Term) HeldContext() context.Context { return t.held.HeldContext() }

// Check returns nil while this process leads, comparing the clock. It costs
// tens of nanoseconds. It returns membership.ErrLost or
// membership.ErrReleased.
func (t Term) Check() error { return t.held.Check() }

// Resign ends the term: the caller's work must have stopped. It releases the
// claim, naming a waiting candidate, and returns once that is confirmed or ctx
// is done; the release goes on by itself then. After a lost term it only says
// that the work has stopped, which a new Campaign on this node waits for.
func (t Term) Resign(ctx context.Context) error { return t.c.resign(ctx, t.held) }
