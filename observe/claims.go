package observe

import (
	"errors"
	"time"
)

// Claim names one claim in an event.
type Claim struct {
	Origin
	// Scope is the group or election, Key the partition in it.
	Scope, Key string
	Token      uint64
}

func (c Claim) fields(more ...Field) []Field {
	return append([]Field{{"node", c.Node}, {"scope", c.Scope}, {"key", c.Key}, {"token", c.Token}}, more...)
}

// ClaimStarted: the node holds the claim and starts its callback.
type ClaimStarted struct{ Claim }

// ClaimRevoked: the claim is still this node's; its callback was asked to
// finish.
type ClaimRevoked struct{ Claim }

// ClaimLost: the claim is gone; its callback was told to stop at once.
type ClaimLost struct {
	Claim
	Cause error
}

// ClaimReturned: the callback of the claim has returned, Took after it was
// asked to stop (0 if it was not asked).
type ClaimReturned struct {
	Claim
	Took time.Duration
}

// ClaimGiven: the claim was handed to session To, or released if To is empty.
type ClaimGiven struct {
	Claim
	To string
}

// ClaimGarbage: the record of the claim cannot be understood. It counts as
// held by an unknown holder until a person resets it.
type ClaimGarbage struct{ Claim }

// CallbackFailed: a callback returned an error or panicked. After a panic Err has
// a method Stack() string, and Fields a field "stack".
type CallbackFailed struct {
	Claim
	Err      error
	Failures int
	// Retry is when this node tries again; Refused says that it asked for the
	// partition to be placed elsewhere until then.
	Retry   time.Duration
	Refused bool
}

// CallbackStuck: a callback was asked to stop Since ago and has not returned.
type CallbackStuck struct {
	Claim
	Since time.Duration
}

// CallAbandoned: a call to the store did not return in its time; it goes on
// without anybody waiting for it.
type CallAbandoned struct {
	Origin
	Scope, Call string
	After       time.Duration
}

// WatchEnded: a watch ended and will be opened again.
type WatchEnded struct {
	Origin
	Scope string
	Err   error
}

// Name implements Event.
func (ClaimStarted) Name() string   { return "claim started" }
func (ClaimRevoked) Name() string   { return "claim revoked" }
func (ClaimLost) Name() string      { return "claim lost" }
func (ClaimReturned) Name() string  { return "callback returned" }
func (ClaimGiven) Name() string     { return "claim given" }
func (ClaimGarbage) Name() string   { return "claim garbage" }
func (CallbackFailed) Name() string { return "callback failed" }
func (CallbackStuck) Name() string  { return "callback stuck" }
func (CallAbandoned) Name() string  { return "call abandoned" }
func (WatchEnded) Name() string     { return "watch ended" }

// Level implements Event.
func (ClaimStarted) Level() Level   { return Info }
func (ClaimRevoked) Level() Level   { return Info }
func (ClaimLost) Level() Level      { return Warn }
func (ClaimReturned) Level() Level  { return Debug }
func (ClaimGiven) Level() Level     { return Info }
func (ClaimGarbage) Level() Level   { return Error }
func (CallbackFailed) Level() Level { return Warn }
func (CallbackStuck) Level() Level  { return Warn }
func (CallAbandoned) Level() Level  { return Warn }
func (WatchEnded) Level() Level     { return Debug }

// Fields implements Event.
func (c Claim) Fields() []Field { return c.fields() }

func (e ClaimLost) Fields() []Field     { return e.fields(Field{"cause", e.Cause}) }
func (e ClaimReturned) Fields() []Field { return e.fields(Field{"took", e.Took}) }
func (e ClaimGiven) Fields() []Field    { return e.fields(Field{"to", e.To}) }
func (e CallbackStuck) Fields() []Field { return e.fields(Field{"since", e.Since}) }

func (e CallbackFailed) Fields() []Field {
	fields := e.fields(Field{"error", e.Err}, Field{"failures", e.Failures}, Field{"retry", e.Retry}, Field{"refused", e.Refused})
	var panicked interface{ Stack() string }
	if errors.As(e.Err, &panicked) {
		fields = append(fields, Field{"stack", panicked.Stack()})
	}
	return fields
}

func (e CallAbandoned) Fields() []Field {
	return e.fields(Field{"scope", e.Scope}, Field{"call", e.Call}, Field{"after", e.After})
}

func (e WatchEnded) Fields() []Field {
	return e.fields(Field{"scope", e.Scope}, Field{"error", e.Err})
}
