package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

var _ backends.Backend = (*Store)(nil)

// MaxNamespaceBytes is the longest namespace, after escaping by backends.Escape.
const MaxNamespaceBytes = sqlcore.MaxNamespaceBytes

// How often a watch looks when nothing changes, and when something does.
const (
	idle = time.Second
	fast = 100 * time.Millisecond
)

// inFlight is how many connections one call takes at most.
const inFlight = 4

// Store is Tenure's contract on MySQL or MariaDB. It is safe for concurrent use.
type Store struct{ *sqlcore.Store }

// New returns a store for a namespace, which is escaped by backends.Escape, so that
// several can share the tables of the database that the data source name names. The pool
// stays the caller's and is never closed; its driver is that of
// github.com/go-sql-driver/mysql. Call Migrate before, once. A call takes up to four
// connections, and waits for one within its context.
//
// New returns backends.ErrInvalid for a bad namespace and for a connection or a server
// whose settings break the contract: see the package documentation; backends.ErrUnsupported
// for a replica, a server that is too old, a cluster with several writers, and missing
// tables or those of another version; backends.ErrDenied and backends.ErrUnavailable.
func New(ctx context.Context, db *sql.DB, namespace string) (*Store, error) {
	if db == nil {
		return nil, fmt.Errorf("mysql: %w: the database is nil", backends.ErrInvalid)
	}
	limits := sqlcore.Limits("mysql", time.Microsecond)
	limits.LosesAckedWrites = true // with replicas that are asynchronous
	c := conn{db}
	core, err := sqlcore.New(c, sqlcore.Dialect{
		Statements: statements, Limits: limits, InFlight: inFlight, Idle: idle, Fast: fast, Wrap: wrap, Refused: refused, Counts: true,
	}, namespace)
	if err != nil {
		return nil, err
	}
	if err := checkServer(ctx, c); err != nil {
		return nil, err
	}
	if err := checkVersion(ctx, c); err != nil {
		return nil, err
	}
	return &Store{core}, nil
}
