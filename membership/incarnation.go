package membership

import (
	"context"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// Incarnation is one session of a node, from its opening to its end. A node
// that loses its session gets another Incarnation.
type Incarnation struct {
	session backends.Session
	window  *window
	ctx     context.Context
	opened  time.Duration
	// callbacks counts the callbacks under this session that have not
	// returned. None is added once the window has closed and the keepers know.
	callbacks sync.WaitGroup
}

// ID returns the session's ID.
func (i *Incarnation) ID() backends.SessionID { return i.session.ID() }

// Context is done when the session can no longer be trusted; context.Cause
// tells why. Its Err looks at the clock.
func (i *Incarnation) Context() context.Context { return trusted{i.ctx, i.window} }

// Check returns nil while the session may be trusted, comparing the clock with
// the trust window. It costs tens of nanoseconds.
func (i *Incarnation) Check() error { return i.window.check() }

// Left is what remains of the trust window, 0 once it has closed.
func (i *Incarnation) Left() time.Duration { return i.window.left() }
