package backends

import (
	"context"
	"time"
)

// Backend is a store that Tenure runs on: sessions that die for good, and
// records with compare-and-set. The package documentation numbers the clauses
// that an implementation must meet; package backendtest tests each of them.
//
// A Backend is built from the caller's own configured client and never closes
// it. All methods are safe for concurrent use, honour the context's deadline,
// and return errors that wrap one of this package's sentinels together with
// the native error.
type Backend interface {
	// OpenSession opens a new session with a fresh random ID. The Renewal says
	// how long the session is good for, counted from the instant the call
	// began. Errors: ErrInvalid (a TTL outside the limits, a description too
	// long), ErrUnavailable, ErrDenied, ErrUnsupported (server too old).
	OpenSession(ctx context.Context, spec SessionSpec) (Session, Renewal, error)

	// Sessions lists the sessions of the namespace that are not dead, expired
	// ones included. Absence is a hint of death, never proof.
	Sessions(ctx context.Context) ([]SessionInfo, error)

	// Read returns one record per key, in the order of the keys. It is
	// linearizable per key. A record that does not exist has Revision Absent.
	Read(ctx context.Context, keys ...Key) ([]Record, error)

	// List returns the records in dir, ordered by key. It sees every write
	// that was completed before it began; records may be of different
	// instants.
	List(ctx context.Context, dir Dir) ([]Record, error)

	// Write tries each of the writes by itself, without order or atomicity
	// among them, and returns one result each. A non-nil error means that
	// nothing was sent. Keys of one call are distinct, else ErrInvalid.
	Write(ctx context.Context, writes ...Write) ([]Result, error)

	// Watch follows what the selectors name: first a snapshot, then one
	// Synced event, then changes. It only accelerates: decisions use Read. The
	// channel is closed after the context is done, or after an event of kind
	// Failed. A watch that has had no contact with the store for the given
	// silence fails with ErrSilent.
	Watch(ctx context.Context, silence time.Duration, selectors ...Selector) (<-chan Event, error)

	// Capabilities tells the store's limits. It is constant and does no I/O.
	Capabilities() Capabilities
}

// SessionSpec says what session to open.
type SessionSpec struct {
	// TTL is the time after its last renewal at which the session expires. It
	// must lie within Capabilities.MinTTL and MaxTTL.
	TTL time.Duration
	// Description is shown by Sessions to everybody in the namespace. At most
	// Capabilities.MaxDescriptionBytes.
	Description []byte
}

// SessionID names one session, for ever. It has at least 122 random bits and
// consists of the characters [A-Za-z0-9-].
type SessionID string

// Session is one open session: one process incarnation's liveness.
type Session interface {
	// ID returns the session's ID.
	ID() SessionID

	// Renew asks the store to keep the session alive for another TTL. It
	// returns ErrSessionLost once the store says that the session is dead or
	// that its record is gone, else a transient error; never success for a
	// session that was dead when the call began. It does not retry.
	Renew(ctx context.Context) (Renewal, error)

	// Close makes the session dead. It is idempotent; a Renew that races it
	// never revives the session.
	Close(ctx context.Context) error
}

// Renewal is what the store granted.
type Renewal struct {
	// ValidFor is how long the session is good for, counted from the instant
	// at which the call that returned it began.
	ValidFor time.Duration
	// Stamp is a rising number from the store's clock on stores that can lose
	// acknowledged writes; tokens follow it there. It is 0 elsewhere.
	Stamp uint64
}

// SessionInfo is what a listing or a watch shows of a session.
type SessionInfo struct {
	ID          SessionID
	Description []byte
	// Left is the time until the session expires, 0 if the store cannot tell
	// or if it has expired.
	Left time.Duration
	// Expired is an observation, not proof of death: the session can still
	// come back until a write with IfDead has been applied.
	Expired bool
}

// Revision is the opaque compare-and-set version of a record. It is compared
// for equality only. No revision is ever shown by two versions of one key.
type Revision string

// Absent is the Revision of a record that does not exist.
const Absent Revision = ""

// Record is one versioned value.
type Record struct {
	Key      Key
	Value    []byte
	Revision Revision
}

// Write is one conditional change of one record.
type Write struct {
	Key   Key
	Value []byte
	// Expect is the revision that the record must have; Absent means that it
	// must not exist.
	Expect Revision
	// Delete removes the record instead of writing Value. It is only for keys
	// that name a session and a run of it; such a key is never created again.
	Delete bool
	// IfDead, if not empty, lets the write through only if that session is
	// dead, and makes it dead if it has expired.
	IfDead SessionID
}

// Outcome tells what became of one write.
type Outcome uint8

// The outcomes of a write.
const (
	// NotSent: the write never left this process; it cannot apply later.
	NotSent Outcome = iota
	// Applied: the store confirmed the write.
	Applied
	// Conflict: the record had another revision than the expected one.
	Conflict
	// Alive: the session named by IfDead is not dead. If the revision did not
	// match either, a store may answer Alive or Conflict.
	Alive
	// Unknown: the reply was lost; the write may have applied or may still
	// apply.
	Unknown
)

// String returns the outcome in lower case.
func (o Outcome) String() string {
	switch o {
	case NotSent:
		return "not sent"
	case Applied:
		return "applied"
	case Conflict:
		return "conflict"
	case Alive:
		return "alive"
	case Unknown:
		return "unknown"
	}
	return "invalid outcome"
}

// Result is the answer to one Write.
type Result struct {
	Outcome Outcome
	// Revision is that of the new version if the write was applied, Absent
	// after a deletion.
	Revision Revision
	// Err is the cause of NotSent and Unknown.
	Err error
}

// DeathKind is how a store decides that a session is dead.
type DeathKind uint8

// The kinds of death.
const (
	// DeathByServer: the store itself removes expired sessions for good.
	DeathByServer DeathKind = iota + 1
	// DeathByProof: an expired session stays until a write with IfDead, or
	// its owner, ends it.
	DeathByProof
	// DeathByObserver: the store has no expiry; a write with IfDead is refused
	// until this client has itself seen no renewal for a whole TTL.
	DeathByObserver
)

// String returns a word for the kind of death.
func (d DeathKind) String() string {
	switch d {
	case DeathByServer:
		return "server"
	case DeathByProof:
		return "proof"
	case DeathByObserver:
		return "observer"
	}
	return "unknown"
}

// Capabilities are a store's limits and habits, as numbers.
type Capabilities struct {
	// Store is the store's name: "memory", "etcd".
	Store string
	// MaxKeyBytes is the longest Key, without the store's own prefix.
	MaxKeyBytes int
	// MaxValueBytes is the longest record value.
	MaxValueBytes int
	// MaxDescriptionBytes is the longest session description.
	MaxDescriptionBytes int
	// MaxBatch is how many writes go out in one request. Longer calls are
	// split by the store; this number is information for callers that pace.
	MaxBatch int
	// MinTTL and MaxTTL bound SessionSpec.TTL.
	MinTTL, MaxTTL time.Duration
	// TTLStep is the store's granularity; a TTL is rounded up to it.
	TTLStep time.Duration
	// Death is how a session comes to be dead.
	Death DeathKind
	// RemainingTTL says whether SessionInfo.Left is known.
	RemainingTTL bool
	// Push says whether Watch is told by the store, without polling.
	Push bool
	// LosesAckedWrites says whether a fail-over can lose acknowledged writes.
	// Renewal.Stamp is set on such stores.
	LosesAckedWrites bool
}
