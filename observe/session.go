package observe

import "time"

// SessionOpened: the node has a new session.
type SessionOpened struct {
	Origin
	Session  string
	ValidFor time.Duration
	Took     time.Duration
}

// SessionRenewed: the store extended the session.
type SessionRenewed struct {
	Origin
	Session string
	// Took is the time of the call; Left is the trust window after it.
	Took, Left time.Duration
}

// RenewFailed: one attempt to renew failed. The session is still trusted for
// Left.
type RenewFailed struct {
	Origin
	Session string
	Took    time.Duration
	Left    time.Duration
	Err     error
}

// SessionLost: the trust window has closed; all claims of the session are
// lost.
type SessionLost struct {
	Origin
	Session string
	Cause   error
}

// JoinFailed: one attempt to open a session failed; the node tries again
// after Retry.
type JoinFailed struct {
	Origin
	Err   error
	Retry time.Duration
}

// NodeLeft: the node has left. Stuck names what was left to expire.
type NodeLeft struct {
	Origin
	Session string
	Stuck   []string
}

// DuplicateName: another live member has the same name. Both work; a
// reservation goes to the first.
type DuplicateName struct {
	Origin
	Session, Other string
}

// Name implements Event.
func (SessionOpened) Name() string  { return "session opened" }
func (SessionRenewed) Name() string { return "session renewed" }
func (RenewFailed) Name() string    { return "renewal failed" }
func (SessionLost) Name() string    { return "session lost" }
func (JoinFailed) Name() string     { return "join failed" }
func (NodeLeft) Name() string       { return "node left" }
func (DuplicateName) Name() string  { return "duplicate name" }

// Level implements Event.
func (SessionOpened) Level() Level  { return Info }
func (SessionRenewed) Level() Level { return Debug }
func (RenewFailed) Level() Level    { return Warn }
func (SessionLost) Level() Level    { return Error }
func (JoinFailed) Level() Level     { return Warn }
func (NodeLeft) Level() Level       { return Info }
func (DuplicateName) Level() Level  { return Warn }

// Fields implements Event.
func (e SessionOpened) Fields() []Field {
	return e.fields(Field{"session", e.Session}, Field{"valid_for", e.ValidFor}, Field{"took", e.Took})
}

func (e SessionRenewed) Fields() []Field {
	return e.fields(Field{"session", e.Session}, Field{"took", e.Took}, Field{"left", e.Left})
}

func (e RenewFailed) Fields() []Field {
	return e.fields(Field{"session", e.Session}, Field{"took", e.Took}, Field{"left", e.Left}, Field{"error", e.Err})
}

func (e SessionLost) Fields() []Field {
	return e.fields(Field{"session", e.Session}, Field{"cause", e.Cause})
}

func (e JoinFailed) Fields() []Field {
	return e.fields(Field{"error", e.Err}, Field{"retry", e.Retry})
}

func (e NodeLeft) Fields() []Field {
	return e.fields(Field{"session", e.Session}, Field{"stuck", len(e.Stuck)})
}

func (e DuplicateName) Fields() []Field {
	return e.fields(Field{"session", e.Session}, Field{"other", e.Other})
}
