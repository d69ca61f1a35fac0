package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// SchemaVersion is the version of the tables that this package works with.
const SchemaVersion = 1

// Schema is what Migrate runs. Strict tables refuse a value of another type; the
// primary keys compare bytes, as is SQLite's default.
const Schema = `
CREATE TABLE IF NOT EXISTS tenure_schema (version INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS tenure_sessions (
	namespace   TEXT NOT NULL,
	id          TEXT NOT NULL,
	description BLOB NOT NULL,
	ttl         INTEGER NOT NULL, -- milliseconds
	expires     INTEGER NOT NULL, -- milliseconds since 1970
	PRIMARY KEY (namespace, id)
) STRICT;
CREATE TABLE IF NOT EXISTS tenure_records (
	namespace TEXT NOT NULL,
	key       TEXT NOT NULL,
	value     BLOB NOT NULL,
	revision  TEXT NOT NULL,
	PRIMARY KEY (namespace, key)
) STRICT;
INSERT INTO tenure_schema (version) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM tenure_schema);
`

// Migrate makes the tables that do not exist yet, and turns write-ahead logging on,
// which the file remembers. Several processes may call it at once, and it can be called
// again. It returns backends.ErrInvalid for a database that is not a file, and
// backends.ErrUnsupported for tables of a newer version, which it leaves alone.
func Migrate(ctx context.Context, db *sql.DB) error {
	c := conn{db}
	var mode string
	if err := c.one(ctx, `PRAGMA journal_mode = WAL`, &mode); err != nil {
		return wrap("turn write-ahead logging on", err)
	}
	if mode != "wal" {
		return fmt.Errorf("sqlite: migrate: %w: the journal mode stays %q: several processes need write-ahead logging, and that a file", backends.ErrInvalid, mode)
	}
	// Each statement can be run again, so that no transaction need hold them together.
	if err := c.busy(ctx, func() error { _, err := db.ExecContext(ctx, Schema); return err }); err != nil {
		return wrap("migrate", err)
	}
	return checkVersion(ctx, c)
}

func checkVersion(ctx context.Context, c conn) error {
	return sqlcore.CheckVersion(ctx, "sqlite", c, `SELECT coalesce(max(version), 0) FROM tenure_schema`, SchemaVersion, wrap)
}
