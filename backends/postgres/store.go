package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

var _ backends.Backend = (*Store)(nil)

// MaxNamespaceBytes is the longest namespace, after escaping by backends.Escape.
const MaxNamespaceBytes = sqlcore.MaxNamespaceBytes

// Minimum is the oldest major version of the server that is taken.
const Minimum = 13

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
	// Listen, if not nil, is how to reach the server itself, not PgBouncer in
	// transaction mode. While there are watches, one connection listens for changes, so
	// that a watch looks at once and not after a second; and the writes of this store
	// notify. Set it in all processes, or some will not be heard. It is a hint: watches
	// poll all the same.
	Listen *pgx.ConnConfig
}

// Store is Tenure's contract on PostgreSQL. It is safe for concurrent use.
type Store struct {
	*sqlcore.Store
	ear *ear // nil without Options.Listen
}

// New returns a store. The pool stays the caller's and is never closed. Call Migrate
// before, once. A call takes up to four connections, and waits for one within its
// context.
//
// New returns backends.ErrInvalid for a bad namespace or schema and for a pool that
// turns synchronous_commit off; backends.ErrUnsupported for a standby, a server older
// than Minimum, and missing tables or those of another version; backends.ErrDenied and
// backends.ErrUnavailable.
func New(ctx context.Context, pool *pgxpool.Pool, o Options) (*Store, error) {
	schema, err := schemaOf(o.Schema)
	if err != nil {
		return nil, err
	}
	if pool == nil {
		return nil, fmt.Errorf("postgres: %w: the pool is nil", backends.ErrInvalid)
	}
	channel := ""
	if o.Listen != nil {
		channel = channelOf(schema, o.Namespace)
	}
	limits := sqlcore.Limits("postgres", time.Microsecond)
	limits.LosesAckedWrites = true // with standbys that are not synchronous
	c := conn{pool}
	core, err := sqlcore.New(c, sqlcore.Dialect{
		Statements: statementsFor(schema, channel), Limits: limits, InFlight: inFlight,
		Idle: idle, Fast: fast, Wrap: wrap, Refused: refused,
	}, o.Namespace)
	if err != nil {
		return nil, err
	}
	if err := checkServer(ctx, c, schema); err != nil {
		return nil, err
	}
	s := &Store{Store: core}
	if o.Listen != nil {
		s.ear = &ear{config: o.Listen.Copy(), channel: channel, heard: core.Hurry}
	}
	return s, nil
}

// Watch implements backends.Backend by polling, and listens if Options.Listen is set.
func (s *Store) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	events, err := s.Store.Watch(ctx, silence, selectors...)
	if err == nil && s.ear != nil {
		s.ear.follow(ctx)
	}
	return events, err
}

// checkServer looks at the server that a connection of the pool reaches, and at the
// version of the tables.
func checkServer(ctx context.Context, c conn, schema string) error {
	var number int
	var standby bool
	var readOnly, syncs string
	err := c.Query(ctx, `SELECT current_setting('server_version_num')::int, pg_is_in_recovery(),
		current_setting('transaction_read_only'), current_setting('synchronous_commit')`, nil,
		func(scan sqlcore.Scan) error { return scan(&number, &standby, &readOnly, &syncs) })
	switch {
	case err != nil:
		return wrap("look at the server", err)
	case number < Minimum*10000:
		return fmt.Errorf("postgres: %w: the server has version %d, want %d or later", backends.ErrUnsupported, number/10000, Minimum)
	case standby || readOnly == "on":
		return fmt.Errorf("postgres: %w: the server is a standby or read-only: connect to the primary, for example with target_session_attrs=read-write", backends.ErrUnsupported)
	case syncs == "off":
		return fmt.Errorf("postgres: %w: synchronous_commit is off: a crash of the server would lose writes that it has confirmed", backends.ErrInvalid)
	}
	return sqlcore.CheckVersion(ctx, "postgres", c, inSchema(`SELECT coalesce(max(version), 0) FROM {schema}.version`, schema), SchemaVersion, wrap)
}
