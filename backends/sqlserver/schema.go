package sqlserver

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// DefaultSchema is where the tables are unless told otherwise.
const DefaultSchema = "tenure"

// SchemaVersion is the version of the tables that this package works with.
const SchemaVersion = 1

// tables is what Migrate runs, in one transaction that excludes another Migrate. The
// binary collation compares bytes, whatever the collation of the database.
const tables = `SET XACT_ABORT ON;
BEGIN TRANSACTION;
DECLARE @got int;
EXEC @got = sp_getapplock @Resource = N'tenure migrate', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 60000;
IF @got < 0 THROW 51001, N'another migration does not end', 1;
IF SCHEMA_ID(PARSENAME(N'{schema}', 1)) IS NULL EXEC(N'CREATE SCHEMA {schema}');
IF OBJECT_ID(N'{schema}.version', N'U') IS NULL
CREATE TABLE {schema}.version (version int NOT NULL);
IF OBJECT_ID(N'{schema}.sessions', N'U') IS NULL
CREATE TABLE {schema}.sessions (
	namespace   varchar(256) COLLATE Latin1_General_BIN2 NOT NULL,
	id          varchar(128) COLLATE Latin1_General_BIN2 NOT NULL,
	description varbinary(max) NOT NULL,
	ttl         bigint NOT NULL, -- in 20 ms
	expires     bigint NOT NULL, -- in 20 ms since 1970
	PRIMARY KEY CLUSTERED (namespace, id)
);
IF OBJECT_ID(N'{schema}.records', N'U') IS NULL
CREATE TABLE {schema}.records (
	namespace varchar(256) COLLATE Latin1_General_BIN2 NOT NULL,
	name      varchar(512) COLLATE Latin1_General_BIN2 NOT NULL,
	value     varbinary(max) NOT NULL,
	revision  varchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
	PRIMARY KEY CLUSTERED (namespace, name)
);
EXEC(N'INSERT INTO {schema}.version (version) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM {schema}.version)');
COMMIT TRANSACTION;
`

// schemaOf returns the schema's name, or backends.ErrInvalid.
func schemaOf(schema string) (string, error) {
	return sqlcore.SchemaName("sqlserver", cmp.Or(schema, DefaultSchema), "A-Za-z")
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
// may call it at once, and it can be called again. The user must be allowed to create;
// the program itself should run as another user, with the grants that the package
// documentation shows. It returns backends.ErrUnsupported for tables of a newer version,
// which it leaves alone, and the errors of New.
func Migrate(ctx context.Context, db *sql.DB, schema string) error {
	text, err := SchemaSQL(schema)
	if err != nil {
		return err
	}
	if db == nil {
		return fmt.Errorf("sqlserver: migrate: %w: the database is nil", backends.ErrInvalid)
	}
	c := conn{db}
	if err := c.Query(ctx, text, nil, func(sqlcore.Scan) error { return nil }); err != nil {
		return wrap("migrate", err)
	}
	name, _ := schemaOf(schema) // was checked
	return checkVersion(ctx, c, name)
}

func checkVersion(ctx context.Context, c conn, schema string) error {
	return sqlcore.CheckVersion(ctx, "sqlserver", c, inSchema(`SELECT COALESCE(MAX(version), 0) FROM {schema}.version;`, schema), SchemaVersion, wrap)
}
