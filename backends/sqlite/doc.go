// Package sqlite is Tenure's store on one SQLite file, for processes of one machine. It
// uses modernc.org/sqlite, which is Go and needs no C compiler.
//
//	db, err := sql.Open(sqlite.DriverName, sqlite.DSN("/var/lib/app/tenure.db"))
//	err = sqlite.Migrate(ctx, db)
//	store, err := sqlite.New(ctx, db, "app")
//
// # How the contract maps to SQLite
//
//   - Layout: a session is a row of tenure_sessions, a record one of tenure_records.
//     Each statement is a transaction of its own, and SQLite runs one that writes at a
//     time, over all processes ("Isolation In SQLite").
//   - Session (S1–S3): an INSERT under a fresh random ID. Close (D6, S7) is a DELETE.
//   - Renew (S4–S6): an UPDATE of the row; no row is ErrSessionLost. A session that has
//     expired and was not proven dead is renewed.
//   - IfDead (D1–D5): a DELETE of the row if it has expired, then a write that asks that
//     there is no row. A deleted row never returns, so that nothing need hold the two
//     together.
//   - Expiry (D7, D8): the row stays until somebody proves the death, whoever needs it.
//     Sessions compares it with the clock.
//   - Revision (R4, W3): 128 random bits, new for each write.
//   - Write (W1–W11): up to 500 items in one statement, which returns those that it
//     applied; a SELECT tells what kept the others. SQLite commits before it says that
//     a statement is done, and the answer is read to that end ("RETURNING": all changes
//     are made during the first step). An item is unknown when the context ended during
//     its statement and after an error of the disk; it was not sent when the file stayed
//     locked.
//   - Read and List (R1–R3): one SELECT. In write-ahead mode it sees everything that was
//     committed before it began ("Write-Ahead Logging", section 2.2).
//   - Watch (N1–N8): polling every 200 ms, every 20 ms after a change, and when a
//     session runs out.
//
// # Limits
//
// A value has at most 1 MiB, a description 64 KiB, a namespace 256 bytes after escaping.
// TTLs are from 1 s to 24 h, in steps of 1 ms. SQLite 3.42 or later is needed, for
// unixepoch('subsec'); the driver brings a newer one.
//
// The file must be on a local disk: write-ahead logging needs memory that the processes
// share, and does not work over a network file system. Every process must be able to
// write the file and its folder. There are no users and no permissions but those of the
// file system; give the file mode 0600.
//
// A statement that finds the file locked is tried again, after random pauses of up to
// 4 ms, until its context is done. Nobody keeps a queue: with a dozen connections that
// write all the time, a single call was seen to wait for more than a second. Where so
// many processes share a file, take a TTL of 5 s or more. SQLite's own busy handler does
// not look at a context; therefore New refuses a busy_timeout of more than 100 ms.
//
// # Time
//
// "Now" is the machine's clock, which SQLite reads while it runs the statement, after it
// has the write lock. It is the wall clock. While it is slewed, as time daemons do,
// nothing is lost. A step forwards ends sessions early by as much: their owners believe
// that they are good for longer, and only fencing tokens protect the work. A step
// backwards lets a session whose owner died live longer by as much; Sessions shows at
// most the TTL as left, and the next renewal sets it right. What was proven dead stays
// so, whatever the clock says. A suspended machine stops nobody alone: all processes
// sleep together.
//
// # What can be lost
//
// Nothing that was confirmed, as far as the disk keeps what it was told to sync: New
// demands synchronous=FULL, because in write-ahead mode NORMAL can lose the newest
// commits at a power failure ("PRAGMA synchronous"). Restore a backup only while no
// process runs, and delete the rows of tenure_sessions then.
//
// Sources: SQLite's documents "Write-Ahead Logging", "Isolation In SQLite", "RETURNING",
// "UPSERT", "Date And Time Functions", "STRICT Tables", "Result and Error Codes" and
// "Pragma statements".
package sqlite
