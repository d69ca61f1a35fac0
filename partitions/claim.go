package partitions

import (
	"context"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
)

// Claim is one partition that this node owns, from its acquisition until it is
// handed over, released or lost. All methods are safe for concurrent use.
type Claim struct {
	held  *membership.Held
	group *Group
}

// Partition returns the partition's name.
func (c *Claim) Partition() string { return c.held.Name() }

// Token returns the claim's fencing token, larger than that of every earlier
// owner. Send it along with each effect, and let the resource refuse smaller
// ones.
func (c *Claim) Token() claim.Token { return c.held.Token() }

// Context is done when the work has to stop; context.Cause is
// membership.ErrRevoked (still held: finish, save, return) or wraps
// membership.ErrLost. Its Err compares the clock with the trust window; that of
// a context derived from it knows only timers.
func (c *Claim) Context() context.Context { return c.held.Context() }

// HeldContext is done when the claim is really gone. After a revocation it is
// still open, to finish and to save under the token.
func (c *Claim) HeldContext() context.Context { return c.held.HeldContext() }

// Check returns nil while the partition is owned, comparing the clock with the
// trust window. Ask right before each effect that must not happen late. It
// costs tens of nanoseconds.
func (c *Claim) Check() error { return c.held.Check() }

// Return says, in the pull style, that the work on a revoked or lost claim has
// stopped: the partition is handed over then, never before. Calling it on a
// claim that was not revoked gives the partition back and has it claimed again
// with a larger token. With callbacks it is called by the group.
func (c *Claim) Return() {
	c.group.returned(c)
	c.held.Return()
}

// Session returns the session that the claim names.
func (c *Claim) Session() backends.SessionID { return c.held.Session() }
