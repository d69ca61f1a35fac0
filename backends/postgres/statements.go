package postgres

import (
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// now is the server's clock in microseconds. now() would be the time at which the
// transaction began.
const now = `(extract(epoch FROM clock_timestamp()) * 1000000)::bigint`

// primary fails on a standby, which answers with old data, also when a query finds
// nothing: it is evaluated before any row.
const primary = `(SELECT pg_current_wal_lsn()) IS NOT NULL`

// items is the list of writes as a table.
const items = `jsonb_to_recordset($2::text::jsonb) AS i(key text, value text, expect text, revision text, if_dead text)`

// dead holds for an item whose session has no row, or that names none.
const dead = `NOT EXISTS (SELECT FROM {schema}.sessions AS s WHERE s.namespace = $1::text AND s.id = i.if_dead)`

// held locks the records of the items in the order of their keys: an UPDATE and a
// DELETE take rows as they come, and two of them could wait for each other.
const held = `WITH held AS (SELECT r.key FROM {schema}.records AS r JOIN ` + items + ` ON r.key = i.key
	WHERE r.namespace = $1::text ORDER BY r.key FOR UPDATE OF r)`

// Where a statement waits for a row that another one changes, it checks its condition
// again on what that has left (the documentation's chapter 13.2.1, "Read Committed").
// So Kill, once it has locked a row, knows that nobody has renewed the session.
var statements = sqlcore.Statements{
	Open: `INSERT INTO {schema}.sessions (namespace, id, description, ttl, expires)
		VALUES ($1::text, $2::text, $3::bytea, $4::bigint, ` + now + ` + $4::bigint) RETURNING ` + now + ` AS answer`,
	Renew: `UPDATE {schema}.sessions SET expires = ` + now + ` + ttl
		WHERE namespace = $1::text AND id = $2::text RETURNING ` + now,
	Close: `DELETE FROM {schema}.sessions WHERE namespace = $1::text AND id = $2::text RETURNING id AS answer`,
	Sessions: `SELECT id, description, ttl, expires - ` + now + ` FROM {schema}.sessions
		WHERE namespace = $1::text AND ` + primary,
	Kill: `WITH ended AS (SELECT id FROM {schema}.sessions WHERE namespace = $1::text
			AND id IN (SELECT jsonb_array_elements_text($2::text::jsonb)) AND expires <= ` + now + `
			ORDER BY id FOR UPDATE)
		DELETE FROM {schema}.sessions AS s USING ended
		WHERE s.namespace = $1::text AND s.id = ended.id`,
	Read: `SELECT key, value, revision FROM {schema}.records WHERE namespace = $1::text
		AND key IN (SELECT jsonb_array_elements_text($2::text::jsonb)) AND ` + primary,
	List: `SELECT key, value, revision FROM {schema}.records WHERE namespace = $1::text
		AND key > $2::text AND key < $3::text AND ` + primary,
	Look: `SELECT key, revision FROM {schema}.records WHERE namespace = $1::text
		AND key IN (SELECT jsonb_array_elements_text($2::text::jsonb)) AND ` + primary,
	Create: `INSERT INTO {schema}.records (namespace, key, value, revision)
		SELECT $1::text, i.key, decode(i.value, 'hex'), i.revision FROM ` + items + `
		WHERE ` + dead + ` ORDER BY i.key COLLATE "C"
		ON CONFLICT DO NOTHING RETURNING key AS answer`,
	Replace: held + `
		UPDATE {schema}.records AS r SET value = decode(i.value, 'hex'), revision = i.revision
		FROM ` + items + ` JOIN held ON held.key = i.key
		WHERE r.namespace = $1::text AND r.key = i.key AND r.revision = i.expect AND ` + dead + `
		RETURNING r.key AS answer`,
	Delete: held + `
		DELETE FROM {schema}.records AS r USING ` + items + ` JOIN held ON held.key = i.key
		WHERE r.namespace = $1::text AND r.key = i.key AND r.revision = i.expect AND ` + dead + `
		RETURNING r.key AS answer`,
}

// statementsFor names the schema, and a channel to notify of changes unless that is
// empty. Nothing notifies of renewals: a NOTIFY takes a lock on the whole cluster of
// databases when it commits.
func statementsFor(schema, channel string) sqlcore.Statements {
	s := statements
	if channel != "" {
		for _, text := range []*string{&s.Open, &s.Close, &s.Create, &s.Replace, &s.Delete} {
			*text = `WITH changed AS (` + *text + `) SELECT answer FROM changed WHERE pg_notify('` + channel + `', '') IS NOT NULL`
		}
	}
	for _, text := range []*string{&s.Open, &s.Renew, &s.Close, &s.Sessions, &s.Kill, &s.Read, &s.List, &s.Look, &s.Create, &s.Replace, &s.Delete} {
		*text = inSchema(*text, schema)
	}
	return s
}

func inSchema(text, schema string) string {
	return strings.ReplaceAll(text, "{schema}", pgx.Identifier{schema}.Sanitize())
}
