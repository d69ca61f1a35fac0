package sqlcore

import (
	"context"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// DB runs statements of one database. It is safe for concurrent use.
type DB interface {
	// Query runs one statement that commits by itself, and calls row for each row of
	// the answer. It returns nil only after the commit was confirmed, and returns
	// soon after ctx is done. It does not try a statement again that may have
	// applied.
	Query(ctx context.Context, statement string, args []any, row func(scan Scan) error) error
}

// Scan copies the columns of one row.
type Scan func(columns ...any) error

// Dialect is what differs between databases. All fields are needed.
type Dialect struct {
	Statements
	// Limits are what Capabilities returns. TTLStep is the unit of the columns ttl
	// and expires, and the clock's resolution. If LosesAckedWrites is set, Open and
	// Renew return the clock as the stamp.
	Limits backends.Capabilities
	// InFlight is how many statements of one call are under way at once.
	InFlight int
	// Idle and Fast are the pauses of backends.Poll.
	Idle, Fast time.Duration
	// Wrap maps a native error to a sentinel, and says what to do about it.
	Wrap func(doing string, err error) error
	// Refused reports whether a statement that failed with this error did surely
	// not apply, and never will.
	Refused func(err error) bool
	// Counts is set for a database that cannot return what a statement has changed: then
	// Create, Replace and Delete return one number, of the items that they applied, and
	// Delete is called with one item.
	Counts bool
}

// Statements are the texts. The first argument of each is the namespace. "now" is
// the server's clock, read while the statement runs, in whole TTLSteps. A list is one
// argument, a JSON array, so that a text does not depend on its length.
type Statements struct {
	// Open inserts a session (id, description, ttl) that expires at now + ttl, and
	// returns now.
	Open string
	// Renew sets expires of a session (id) to now + ttl, and returns now, or no row.
	Renew string
	// Close deletes a session (id).
	Close string
	// Sessions returns id, description, ttl and expires - now, in any order.
	Sessions string
	// Kill deletes those of a list of ids whose expires is not after now.
	Kill string
	// Read returns key, value and revision of a list of keys.
	Read string
	// List returns key, value and revision where from < key < to, in any order.
	List string
	// Look returns key and revision of a list of keys.
	Look string
	// Create, Replace and Delete apply those of a list of items whose record is
	// absent, or has the revision expect, and whose session if_dead has no row.
	// Each returns the keys of the items that it applied; see also Counts.
	Create, Replace, Delete string
}

// item is how a write is shown to a statement. The JSON names are part of the seam.
type item struct {
	Key      string `json:"key"`
	Value    string `json:"value"` // in hexadecimal digits: JSON has no bytes
	Expect   string `json:"expect"`
	Revision string `json:"revision"`
	IfDead   string `json:"if_dead"` // "" is no session's name
}
