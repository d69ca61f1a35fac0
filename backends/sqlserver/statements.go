package sqlserver

import (
	"strings"

	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// before is run in one batch with each statement, so that it holds whatever a user of the
// pool has set on the connection: a transaction of its own for the statement, rolled
// back as a whole by any error, and no reads of what is not committed. A database that
// is read-only, as on a secondary replica, answers with old data: it answers nothing.
const before = `SET NOCOUNT ON; SET XACT_ABORT ON; SET IMPLICIT_TRANSACTIONS OFF; SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
	IF CONVERT(nvarchar(16), DATABASEPROPERTYEX(DB_NAME(), 'Updateability')) <> N'READ_WRITE' THROW 51000, N'the database is read-only', 1;
	`

// now is the server's clock in steps, read when the statement begins.
const now = `(DATEDIFF_BIG(millisecond, '19700101', SYSUTCDATETIME()) / 20)`

// bytes compares texts by their bytes, as the columns of the tables do. Those of a JSON
// document have the collation of the database.
const bytes = ` COLLATE Latin1_General_BIN2`

// The arguments arrive as nvarchar: a column that is compared with one would be
// converted, row by row, and its index not be used.
const (
	namespace = `CAST(@p1 AS varchar(256))`
	id        = `CAST(@p2 AS varchar(128))`
)

// names is a list of names as a table of nvarchar.
const names = `(SELECT CAST(j.value AS varchar(768))` + bytes + ` FROM OPENJSON(@p2) AS j)`

// items is the list of writes as a table.
const items = `OPENJSON(@p2) WITH (k varchar(768) '$.key', v varchar(max) '$.value', expect varchar(64) '$.expect',
		revision varchar(64) '$.revision', if_dead varchar(max) '$.if_dead') AS i`

// dead holds for an item whose session has no row, or that names none.
const dead = `NOT EXISTS (SELECT 1 FROM {schema}.sessions AS s WHERE s.namespace = ` + namespace + ` AND s.id = i.if_dead` + bytes + `)`

// matched joins the records that items expect.
const matched = ` FROM {schema}.records AS r JOIN ` + items + ` ON r.name = i.k` + bytes + `
		WHERE r.namespace = ` + namespace + ` AND r.revision = i.expect` + bytes + ` AND ` + dead

// An UPDATE and a DELETE read the rows that they change under update locks, or check
// them again, also with READ_COMMITTED_SNAPSHOT: so Kill knows that nobody has renewed
// the session. OUTPUT answers with what was changed.
var statements = sqlcore.Statements{
	Open: `INSERT INTO {schema}.sessions (namespace, id, description, ttl, expires) OUTPUT inserted.expires - inserted.ttl
		VALUES (` + namespace + `, ` + id + `, @p3, @p4, ` + now + ` + @p4);`,
	Renew: `UPDATE {schema}.sessions SET expires = ` + now + ` + ttl OUTPUT inserted.expires - inserted.ttl
		WHERE namespace = ` + namespace + ` AND id = ` + id + `;`,
	Close: `DELETE FROM {schema}.sessions WHERE namespace = ` + namespace + ` AND id = ` + id + `;`,
	Sessions: `SELECT id, description, ttl, expires - ` + now + ` FROM {schema}.sessions
		WHERE namespace = ` + namespace + `;`,
	Kill: `DELETE FROM {schema}.sessions WHERE namespace = ` + namespace + `
		AND id IN ` + names + ` AND expires <= ` + now + `;`,
	Read: `SELECT name, value, revision FROM {schema}.records WHERE namespace = ` + namespace + `
		AND name IN ` + names + `;`,
	List: `SELECT name, value, revision FROM {schema}.records WHERE namespace = ` + namespace + `
		AND name > CAST(@p2 AS varchar(768)) AND name < CAST(@p3 AS varchar(768));`,
	Look: `SELECT name, revision FROM {schema}.records WHERE namespace = ` + namespace + `
		AND name IN ` + names + `;`,
	// Two that insert one key at once may both find nothing: the primary key refuses the
	// second, with all its items, and conn tries it again.
	Create: `INSERT INTO {schema}.records (namespace, name, value, revision) OUTPUT inserted.name
		SELECT ` + namespace + `, i.k, CONVERT(varbinary(max), i.v, 2), i.revision FROM ` + items + ` WHERE ` + dead + `
		AND NOT EXISTS (SELECT 1 FROM {schema}.records AS r WHERE r.namespace = ` + namespace + ` AND r.name = i.k` + bytes + `)
		ORDER BY i.k` + bytes + `;`,
	Replace: `UPDATE r SET value = CONVERT(varbinary(max), i.v, 2), revision = i.revision OUTPUT inserted.name` + matched + `;`,
	Delete:  `DELETE r OUTPUT deleted.name` + matched + `;`,
}

// statementsFor names the schema.
func statementsFor(schema string) sqlcore.Statements {
	s := statements
	for _, text := range []*string{&s.Open, &s.Renew, &s.Close, &s.Sessions, &s.Kill, &s.Read, &s.List, &s.Look, &s.Create, &s.Replace, &s.Delete} {
		*text = before + inSchema(*text, schema)
	}
	return s
}

func inSchema(text, schema string) string {
	return strings.ReplaceAll(text, "{schema}", "["+schema+"]")
}
