package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// SchemaVersion is the version of the tables that this package works with.
const SchemaVersion = 1

// Schema is what Migrate runs, for those who run it by other means. All names are
// bytes, so that no collation and no character set makes two of them meet, and trailing
// spaces count. The row format is named because the older ones have shorter keys.
const Schema = `
CREATE TABLE IF NOT EXISTS tenure_schema (
	one     TINYINT NOT NULL PRIMARY KEY, -- always 1
	version INT NOT NULL
) ENGINE = InnoDB;
CREATE TABLE IF NOT EXISTS tenure_sessions (
	namespace   VARBINARY(256) NOT NULL,
	id          VARBINARY(128) NOT NULL,
	description MEDIUMBLOB NOT NULL,
	ttl         BIGINT NOT NULL, -- microseconds
	expires     BIGINT NOT NULL, -- microseconds since 1970
	PRIMARY KEY (namespace, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;
CREATE TABLE IF NOT EXISTS tenure_records (
	namespace VARBINARY(256) NOT NULL,
	name      VARBINARY(512) NOT NULL,
	value     MEDIUMBLOB NOT NULL,
	revision  VARBINARY(64) NOT NULL,
	PRIMARY KEY (namespace, name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;
INSERT IGNORE INTO tenure_schema (one, version) VALUES (1, 1);
`

// Migrate makes those tables that do not exist yet, in the database that the data
// source name names. Several processes may call it at once, and it can be called again.
// The user must be allowed to create; the program itself should run as another user,
// with the grants that the package documentation shows. It returns
// backends.ErrUnsupported for tables of a newer version, which it leaves alone, and the
// errors of New.
func Migrate(ctx context.Context, db *sql.DB) error {
	if db == nil {
		return fmt.Errorf("mysql: migrate: %w: the database is nil", backends.ErrInvalid)
	}
	c := conn{db}
	// Each statement can be run again, so that no transaction need hold them together;
	// MySQL has none for tables anyway.
	for text := range strings.SplitSeq(strings.TrimSuffix(Schema, ";\n"), ";\n") {
		if err := c.Query(ctx, text, nil, func(sqlcore.Scan) error { return nil }); err != nil {
			return wrap("migrate", err)
		}
	}
	return checkVersion(ctx, c)
}

func checkVersion(ctx context.Context, c conn) error {
	return sqlcore.CheckVersion(ctx, "mysql", c, `SELECT COALESCE(MAX(version), 0) FROM tenure_schema`, SchemaVersion, wrap)
}
