package logbook

import "time"

// Kind says what an Event tells.
type Kind uint8

// The kinds of event. Each says which fields it has besides Process, From and To.
const (
	nothing Kind = iota
	// Joined: the process has a session. Note is the member's name.
	Joined
	// Granted: OnAcquire began. Key, Token, Session; OK is whether Check answered nil.
	Granted
	// Checked: the claim's Check was asked. Key, Token; OK is whether it answered nil.
	Checked
	// Effect: a write to the resource was sent after Check had answered nil between From
	// and To. Key, Token; Accepted is the resource's answer.
	Effect
	// Ended: the claim's context is done. Key, Token; Note is the cause.
	Ended
	// Returned: OnAcquire is about to return. Key, Token.
	Returned
	// Lost: OnLost was called. Key, Token; Note is the reason.
	Lost
	// Op: a call to the store about a claim. Key and Op; see Op.
	Op
	// Wrote: a write of another record was sent. Key is the record's key.
	Wrote
	// Renewed: the session was opened or renewed; OK is whether the store said so.
	// Session, Valid.
	Renewed
	// Closed: the session was closed. Session; OK is whether the store said so.
	Closed
	// Late: a timer of the process that was due at From ran at To.
	Late
	// Saved: a position was saved; OK is whether the store said so. Key, Token, Position.
	Saved
	// Loaded: a position was loaded. Key, Token; Position is what was found, and
	// PositionToken the token it was saved under.
	Loaded
	// Gone: the process has left in order.
	Gone
	// Died: the process does not run any more, however it ended.
	Died
)

// Event is one line of the log.
type Event struct {
	Kind    Kind
	Process string // which process tells it: set by the service

	// From and To are readings of Now before and after what is told.
	From, To time.Duration

	Key      string // partition, or the name of another record
	Token    uint64
	Session  string
	OK       bool
	Accepted bool
	Note     string
	Valid    time.Duration // how long the store says that the session is good for

	Position, PositionToken uint64

	Op *StoreOp
}

// StoreOp is a call to the store about one claim.
type StoreOp struct {
	// ID joins the two events of a write: one when it is sent, and one with the outcome.
	ID uint64
	// Kind is what was called.
	Kind OpKind
	// Done is false in the event of a write that is about to be sent.
	Done bool
	// Expect, IfDead and Claim are what a write asked for; Claim is what a read found.
	Expect, IfDead string
	Claim          Claim
	// Revision is that of the new version, or the one that was read.
	Revision string
	// Outcome is that of a write that is done: backends.Outcome in words.
	Outcome string
}

// OpKind is a kind of call to the store.
type OpKind uint8

// The kinds of call.
const (
	Write OpKind = iota + 1
	Read
	List
)

// Claim is what a claim's record says.
type Claim struct {
	Session string
	Token   uint64
}

// Reply is what the service answers.
type Reply struct {
	// Accepted says that the resource took the write.
	Accepted bool
	// Hang asks the callback of this partition not to return for now.
	Hang bool
	// EndSession asks the worker to end its session behind the library's back.
	EndSession bool
}
