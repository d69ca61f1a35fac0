package sqlite

import "github.com/tenure-go/tenure/backends/internal/sqlcore"

// now is the machine's clock in whole milliseconds. SQLite reads it once for each step
// of a statement (its document "Date And Time Functions"), and takes the write lock
// before that.
const now = `CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER)`

// items is the list of writes as a table.
const items = `SELECT value ->> '$.key' AS k, unhex(value ->> '$.value') AS v, value ->> '$.expect' AS expect,
	value ->> '$.revision' AS revision, value ->> '$.if_dead' AS if_dead FROM json_each(?2)`

// dead holds for an item whose session has no row, or that names none.
const dead = `NOT EXISTS (SELECT 1 FROM tenure_sessions AS s WHERE s.namespace = ?1 AND s.id = i.if_dead)`

var statements = sqlcore.Statements{
	Open: `INSERT INTO tenure_sessions (namespace, id, description, ttl, expires)
		VALUES (?1, ?2, ?3, ?4, ` + now + ` + ?4) RETURNING ` + now,
	Renew: `UPDATE tenure_sessions SET expires = ` + now + ` + ttl WHERE namespace = ?1 AND id = ?2 RETURNING ` + now,
	Close: `DELETE FROM tenure_sessions WHERE namespace = ?1 AND id = ?2`,
	Sessions: `SELECT id, description, ttl, expires - ` + now + ` FROM tenure_sessions
		WHERE namespace = ?1`,
	Kill: `DELETE FROM tenure_sessions WHERE namespace = ?1
		AND id IN (SELECT value FROM json_each(?2)) AND expires <= ` + now,
	Read: `SELECT key, value, revision FROM tenure_records
		WHERE namespace = ?1 AND key IN (SELECT value FROM json_each(?2))`,
	List: `SELECT key, value, revision FROM tenure_records
		WHERE namespace = ?1 AND key > ?2 AND key < ?3`,
	Look: `SELECT key, revision FROM tenure_records
		WHERE namespace = ?1 AND key IN (SELECT value FROM json_each(?2))`,
	Create: `INSERT INTO tenure_records (namespace, key, value, revision)
		SELECT ?1, i.k, i.v, i.revision FROM (` + items + `) AS i WHERE ` + dead + `
		ON CONFLICT DO NOTHING RETURNING key`,
	// An INSERT that always meets its row, because an UPDATE with FROM may read the list
	// once for each record of the namespace. CROSS JOIN keeps the order: list, then row.
	Replace: `INSERT INTO tenure_records (namespace, key, value, revision)
		SELECT ?1, i.k, i.v, i.revision FROM (` + items + `) AS i
		CROSS JOIN tenure_records AS r ON r.namespace = ?1 AND r.key = i.k
		WHERE r.revision = i.expect AND ` + dead + `
		ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, revision = excluded.revision
		RETURNING key`,
	Delete: `DELETE FROM tenure_records WHERE namespace = ?1
		AND (key, revision) IN (SELECT i.k, i.expect FROM (` + items + `) AS i WHERE ` + dead + `)
		RETURNING key`,
}
