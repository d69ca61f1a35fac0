package postgres

import (
	"cmp"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// DefaultSchema is where the tables are unless told otherwise.
const DefaultSchema = "tenure"

// SchemaVersion is the version of the tables that this package works with.
const SchemaVersion = 1

// tables is what Migrate runs, as one implicit transaction. COLLATE "C" compares bytes,
// and makes a directory a range. Pages that are half empty keep the new versions of
// rows that change often beside the old ones, and out of the indexes.
const tables = `
SELECT pg_advisory_xact_lock(hashtextextended('tenure migrate', 0));
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.version (version integer NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.sessions (
	namespace   text COLLATE "C" NOT NULL,
	id          text COLLATE "C" NOT NULL,
	description bytea NOT NULL,
	ttl         bigint NOT NULL, -- microseconds
	expires     bigint NOT NULL, -- microseconds since 1970
	PRIMARY KEY (namespace, id)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS {schema}.records (
	namespace text COLLATE "C" NOT NULL,
	key       text COLLATE "C" NOT NULL,
	value     bytea NOT NULL,
	revision  text COLLATE "C" NOT NULL,
	PRIMARY KEY (namespace, key)
) WITH (fillfactor = 50);
INSERT INTO {schema}.version (version) SELECT 1 WHERE NOT EXISTS (SELECT FROM {schema}.version);
`

// schemaOf returns the schema's name, or backends.ErrInvalid.
func schemaOf(schema string) (string, error) {
	return sqlcore.SchemaName("postgres", cmp.Or(schema, DefaultSchema), "a-z")
}

// SchemaSQL returns what Migrate runs, for those who run it by other means. Schema ""
// means DefaultSchema. It returns backends.ErrInvalid for a name that needs quotes.
func SchemaSQL(schema string) (string, error) {
	schema, err := schemaOf(schema)
	if err != nil {
		return "", err
	}
	return inSchema(tables, schema), nil
}

// Migrate makes the schema and those tables that do not exist yet. Several processes
// may call it at once, and it can be called again. The pool's user must be allowed to
// create; the program itself should run as another user, with the grants that the
// package documentation shows. It returns backends.ErrUnsupported for tables of a newer
// version, which it leaves alone, and the errors of New.
func Migrate(ctx context.Context, pool *pgxpool.Pool, schema string) error {
	text, err := SchemaSQL(schema)
	if err != nil {
		return err
	}
	if pool == nil {
		return fmt.Errorf("postgres: migrate: %w: the pool is nil", backends.ErrInvalid)
	}
	if _, err := pool.Exec(ctx, text, pgx.QueryExecModeSimpleProtocol); err != nil {
		return wrap("migrate", err)
	}
	name, _ := schemaOf(schema) // was checked
	return checkServer(ctx, conn{pool}, name)
}
