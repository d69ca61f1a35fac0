// Package sqlcore is what the stores on SQL databases share: the order of the
// statements, the outcomes of writes, sessions, and polling. A database adds a
// Dialect, which is mostly texts, and a DB, which runs one statement.
//
// # Tables
//
// A session is a row (namespace, id, description, ttl, expires); it is dead when
// there is no such row. A record is a row (namespace, key, value, revision). Names
// are ASCII, escaped by backends.Escape, so that no collation and no encoding of a
// database can make two of them meet; the columns compare bytes all the same.
//
// # Why there are no transactions
//
// Each statement commits by itself. A write with IfDead is two of them: Kill deletes
// the session's row if it has expired, and then the write asks that there is no row.
// Nothing need hold the two together, because a row that is gone never returns: an ID
// is random, is inserted once, and is told to nobody before that has succeeded.
// A renewal is an UPDATE of the row and a proof is its DELETE. A database serializes
// the two, and checks the condition of the second against what the first has left:
//
//	renewal first: the row has a new expiry, Kill leaves it, the write is refused
//	proof first:   the row is gone, the renewal finds nothing, ErrSessionLost
//
// # Revisions
//
// A revision is 128 random bits, made by the client for each attempt. So it does not
// repeat after a deletion, after a backup was restored, or after a replica without
// the newest writes took over, as the values of a sequence would. It also tells which
// items a statement has applied, where the database only says how many (Dialect.Counts).
package sqlcore
