package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

var _ backends.Backend = (*Store)(nil)

// DriverName is the driver that DSN is for. Importing this package registers it.
const DriverName = "sqlite"

// MaxNamespaceBytes is the longest namespace, after escaping by backends.Escape.
const MaxNamespaceBytes = sqlcore.MaxNamespaceBytes

// A look at a local file is cheap: 20 ms is what a change may take to be seen by another
// process, once something changes, and 200 ms before that.
const (
	idle = 200 * time.Millisecond
	fast = 20 * time.Millisecond
)

// settings are what New asks of each connection.
const (
	fullSync = 2
	maxBusy  = 100 // milliseconds
)

// Store is Tenure's contract on one SQLite file. It is safe for concurrent use, by
// several processes too.
type Store struct{ *sqlcore.Store }

// DSN returns the name to open a file with: sql.Open(sqlite.DriverName, sqlite.DSN(path)).
// It turns SQLite's own waiting for locks off, and makes a commit wait for the disk.
func DSN(path string) string {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	return name.String() + "?_pragma=busy_timeout(0)&_pragma=synchronous(FULL)"
}

// New returns a store for a namespace, so that several can share a file. The database
// stays the caller's and is never closed. Open it with DSN, and call Migrate before.
//
// New returns backends.ErrInvalid for a namespace that is empty or too long, for a
// database that is not in write-ahead mode, and for a connection that waits for locks
// by itself longer than 100 ms or does not sync its commits; backends.ErrUnsupported
// for missing tables or those of another version; backends.ErrDenied and
// backends.ErrUnavailable.
func New(ctx context.Context, db *sql.DB, namespace string) (*Store, error) {
	if db == nil {
		return nil, fmt.Errorf("sqlite: %w: the database is nil", backends.ErrInvalid)
	}
	c := conn{db}
	core, err := sqlcore.New(c, sqlcore.Dialect{
		Statements: statements, Limits: sqlcore.Limits("sqlite", time.Millisecond), InFlight: 1,
		Idle: idle, Fast: fast, Wrap: wrap, Refused: refused,
	}, namespace)
	if err != nil {
		return nil, err
	}
	if err := checkSettings(ctx, c); err != nil {
		return nil, err
	}
	if err := checkVersion(ctx, c); err != nil {
		return nil, err
	}
	return &Store{core}, nil
}

// checkSettings looks at one connection; the others of the pool have the same name.
func checkSettings(ctx context.Context, c conn) error {
	var mode string
	var sync, wait int
	for pragma, value := range map[string]any{"journal_mode": &mode, "synchronous": &sync, "busy_timeout": &wait} {
		if err := c.one(ctx, "PRAGMA "+pragma, value); err != nil {
			return wrap("read the setting "+pragma, err)
		}
	}
	switch {
	case mode != "wal":
		return fmt.Errorf("sqlite: %w: the journal mode is %q, want wal: call sqlite.Migrate, or open the address with migrate=true; it must be a file", backends.ErrInvalid, mode)
	case sync < fullSync:
		return fmt.Errorf("sqlite: %w: synchronous is %d, want FULL (%d): open the database with sqlite.DSN", backends.ErrInvalid, sync, fullSync)
	case wait > maxBusy:
		return fmt.Errorf("sqlite: %w: busy_timeout is %d ms, at most %d is allowed, because SQLite waits without looking at the context: open the database with sqlite.DSN", backends.ErrInvalid, wait, maxBusy)
	}
	return nil
}
