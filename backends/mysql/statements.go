package mysql

import "github.com/tenure-go/tenure/backends/internal/sqlcore"

// now is the server's clock in microseconds, read when the statement begins. It does
// not depend on the connection's time zone, as UNIX_TIMESTAMP and SYSDATE do.
const now = `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))`

// told hands the clock to the client with the answer that the statement is done: there
// is no RETURNING, and a SELECT after it would be one request more. It is never 0, so
// that it also tells that there was a row; the number of changed rows would depend on
// the driver's clientFoundRows.
const told = `LAST_INSERT_ID(` + now + `)`

// primary is the start of a JSON_TABLE over a list, or an error, 'read-only' being no
// JSON, on a server that is read-only. That is a replica, which answers with old data. It
// is the first table of a join and so is looked at whatever the others hold; and it is
// part of the statement, so that a proxy cannot send the two to different servers. The
// variable is a number, or in newer versions of MariaDB a word.
const primary = `JSON_TABLE(IF(CONCAT(@@global.read_only) IN ('0', 'OFF') AND CONCAT(@@global.innodb_read_only) IN ('0', 'OFF'), `

// text is a column of a JSON_TABLE, which would have the database's character set, perhaps
// one of two bytes. Those of the tables are bytes: CAST compares bytes.
const text = ` VARCHAR(4096) CHARACTER SET utf8mb4 PATH `

// names is a list of names as a table.
const names = ` '$[*]' COLUMNS (k` + text + `'$')) AS i`

// items is the list of writes as a table.
const items = `JSON_TABLE(CONVERT(?2 USING utf8mb4), '$[*]' COLUMNS (k` + text + `'$.key', v LONGTEXT CHARACTER SET utf8mb4 PATH '$.value',
	expect` + text + `'$.expect', revision` + text + `'$.revision', if_dead` + text + `'$.if_dead')) AS i`

// found joins the records of a list, in the order of the list, which is that of the
// keys: so two statements that lock the same rows do not wait for each other in a circle.
const found = ` STRAIGHT_JOIN tenure_records AS r ON r.namespace = ?1 AND r.name = CAST(i.k AS BINARY)`

// dead holds for an item whose session has no row, or that names none.
const dead = `NOT EXISTS (SELECT 1 FROM tenure_sessions AS s WHERE s.namespace = ?1 AND s.id = CAST(i.if_dead AS BINARY))`

// Where a statement waits for a row that another one changes, InnoDB looks at the newest
// committed version after the wait, at every isolation level ("Locking Reads"). So Kill,
// once it has locked a row, knows that nobody has renewed the session.
var statements = sqlcore.Statements{
	Open: `INSERT INTO tenure_sessions (namespace, id, description, ttl, expires)
		VALUES (?1, ?2, ?3, ?4, ` + told + ` + ?4)`,
	Renew: `UPDATE tenure_sessions SET expires = ` + told + ` + ttl WHERE namespace = ?1 AND id = ?2`,
	Close: `DELETE FROM tenure_sessions WHERE namespace = ?1 AND id = ?2`,
	Sessions: `SELECT s.id, s.description, s.ttl, s.expires - ` + now + ` FROM ` + primary + `'[""]', 'read-only'),` + names + `
		STRAIGHT_JOIN tenure_sessions AS s ON s.namespace = ?1`,
	Kill: `DELETE s FROM JSON_TABLE(CONVERT(?2 USING utf8mb4),` + names + `
		STRAIGHT_JOIN tenure_sessions AS s ON s.namespace = ?1 AND s.id = CAST(i.k AS BINARY)
		WHERE s.expires <= ` + now,
	Read: `SELECT r.name, r.value, r.revision FROM ` + primary + `CONVERT(?2 USING utf8mb4), 'read-only'),` + names + found,
	List: `SELECT r.name, r.value, r.revision FROM ` + primary + `'[""]', 'read-only'),` + names + `
		STRAIGHT_JOIN tenure_records AS r ON r.namespace = ?1 AND r.name > ?2 AND r.name < ?3`,
	Look: `SELECT r.name, r.revision FROM ` + primary + `CONVERT(?2 USING utf8mb4), 'read-only'),` + names + found,
	// IGNORE passes over what is there.
	Create: `INSERT IGNORE INTO tenure_records (namespace, name, value, revision)
		SELECT ?1, i.k, UNHEX(i.v), i.revision FROM ` + items + ` WHERE ` + dead,
	Replace: `UPDATE ` + items + found + ` SET r.value = UNHEX(i.v), r.revision = i.revision
		WHERE r.revision = CAST(i.expect AS BINARY) AND ` + dead,
	Delete: `DELETE r FROM ` + items + found + ` WHERE r.revision = CAST(i.expect AS BINARY) AND ` + dead,
}
