package sqlserver

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

// minimumLevel is the compatibility level of SQL Server 2016, the first with OPENJSON.
const minimumLevel = 130

// step is the unit of the tables. The server's clock may stand still for 16 ms, until
// the next interrupt of its operating system.
const step = 20 * time.Millisecond

// How often a watch looks when nothing changes, and when something does.
const (
	idle = time.Second
	fast = 100 * time.Millisecond
)

// inFlight is how many connections one call takes at most.
const inFlight = 4

// Options says where a store keeps its rows.
type Options struct {
	// Namespace tells the users of one schema apart. It is escaped by backends.Escape
	// and must not be empty.
	Namespace string
	// Schema holds the tables; "" means DefaultSchema.
	Schema string
}

// Store is Tenure's contract on SQL Server. It is safe for concurrent use.
type Store struct{ *sqlcore.Store }

// New returns a store. The pool stays the caller's and is never closed; its driver is
// "sqlserver" of github.com/microsoft/go-mssqldb. Call Migrate before, once. A call takes
// up to four connections, and waits for one within its context.
//
// New returns backends.ErrInvalid for a bad namespace or schema and for a database that
// delays the durability of all its commits; backends.ErrUnsupported for a read-only
// replica, a database with a compatibility level of less than 130 (SQL Server 2016), and
// missing tables or those of another version; backends.ErrDenied and
// backends.ErrUnavailable.
func New(ctx context.Context, db *sql.DB, o Options) (*Store, error) {
	schema, err := schemaOf(o.Schema)
	if err != nil {
		return nil, err
	}
	if db == nil {
		return nil, fmt.Errorf("sqlserver: %w: the database is nil", backends.ErrInvalid)
	}
	limits := sqlcore.Limits("sqlserver", step)
	limits.LosesAckedWrites = true // with replicas that are asynchronous
	c := conn{db}
	core, err := sqlcore.New(c, sqlcore.Dialect{
		Statements: statementsFor(schema), Limits: limits, InFlight: inFlight, Idle: idle, Fast: fast, Wrap: wrap, Refused: refused,
	}, o.Namespace)
	if err != nil {
		return nil, err
	}
	if err := checkDatabase(ctx, c); err != nil {
		return nil, err
	}
	if err := checkVersion(ctx, c, schema); err != nil {
		return nil, err
	}
	return &Store{core}, nil
}

// database is what checkDatabase looks at.
type database struct {
	level, durability int
	updateability     string
}

// checkDatabase looks at the database that a connection of the pool reaches.
func checkDatabase(ctx context.Context, c conn) error {
	var d database
	err := c.Query(ctx, `SELECT CAST(compatibility_level AS int), CAST(delayed_durability AS int),
		CONVERT(nvarchar(16), DATABASEPROPERTYEX(name, 'Updateability')) FROM sys.databases WHERE database_id = DB_ID();`, nil,
		func(scan sqlcore.Scan) error { return scan(&d.level, &d.durability, &d.updateability) })
	if err != nil {
		return wrap("look at the database", err)
	}
	return d.check()
}

// forced is the value of sys.databases.delayed_durability for FORCED.
const forced = 2

func (d database) check() error {
	switch {
	case d.level < minimumLevel:
		return fmt.Errorf("sqlserver: %w: the database has the compatibility level %d, want %d or more", backends.ErrUnsupported, d.level, minimumLevel)
	case d.updateability != "READ_WRITE":
		return fmt.Errorf("sqlserver: %w: the database is %s: %s", backends.ErrUnsupported, d.updateability, readOnlyAdvice)
	case d.durability == forced:
		return fmt.Errorf("sqlserver: %w: DELAYED_DURABILITY is FORCED: a crash of the server would lose writes that it has confirmed", backends.ErrInvalid)
	}
	return nil
}
