// Package postgres is Tenure's store on PostgreSQL 13 and later, through pgx v5. The
// tests run on 15.
//
//	pool, err := pgxpool.New(ctx, "postgres://app@db/app?sslmode=verify-full")
//	store, err := postgres.New(ctx, pool, postgres.Options{Namespace: "app"})
//
// # How the contract maps to PostgreSQL
//
//   - Layout: a session is a row of the table sessions, a record one of records. There
//     are no advisory locks, which a pool of connections would pass on, and no
//     transactions of several statements.
//   - Session (S1–S3): an INSERT under a fresh random ID. Close (D6, S7) is a DELETE.
//   - Renew (S4–S6): an UPDATE of the row; no row is ErrSessionLost. A session that has
//     expired and was not proven dead is renewed.
//   - IfDead (D1–D5): a DELETE of the row if it has expired, then a write that asks that
//     there is no row. A deleted row never returns, so that nothing need hold the two
//     together. A DELETE that waits for a renewal, and a renewal that waits for a
//     DELETE, check their condition again on what the other has left ("Read
//     Committed Isolation Level"). At a stricter level, which the pool may set,
//     the one that waited fails instead, and nothing is applied.
//   - Expiry (D7, D8): the row stays until somebody proves the death, whoever needs it.
//     Sessions compares it with the clock.
//   - Revision (R4, W3): 128 random bits, new for each write. A sequence would repeat
//     its numbers on a standby that takes over without the newest writes.
//   - Write (W1–W11): up to 500 items in one statement, which returns those that it
//     applied; a SELECT tells what kept the others. Rows are locked in the order of
//     their keys. An item is unknown after a lost connection and any error that does not
//     prove that the statement was rolled back; the end of the server's process is such,
//     because it can come after the commit ("Asynchronous Commit", "Synchronous
//     Replication").
//   - Read, List and Sessions (R1–R3): one SELECT, on the primary. It also calls
//     pg_current_wal_lsn, which fails during recovery: so a standby, where a connection
//     may land after a failover, gives no old answers.
//   - Watch (N1–N8): polling every second, every 100 ms after a change, and when a
//     session runs out. With Options.Listen, NOTIFY hurries that. It is a hint: what is
//     notified while nobody listens is lost, and polling finds it.
//
// # Limits
//
// A value has at most 1 MiB, a description 64 KiB, a namespace 256 bytes after escaping.
// TTLs are from 1 s to 24 h. A batch sends its values as hexadecimal digits, at most
// 4 MiB of them doubled. The pool's statement_timeout and lock_timeout, if any, count.
//
// Statements have no names and no state of the session is used, so that PgBouncer in
// transaction mode can stand between; that is tested. Options.Listen needs a way around
// it.
//
// # Time
//
// "Now" is clock_timestamp() of the server, in the statement; now() would be the time at
// which the transaction began. It is the wall clock. While it is slewed, as time daemons
// do, nothing is lost. A step forwards, or a failover to a machine whose clock is ahead,
// ends sessions early by as much: their owners believe that they are good for longer, and
// only fencing tokens protect the work. A step backwards lets a session whose owner died
// live longer by as much; Sessions shows at most the TTL as left, and the next renewal
// sets it right. What was proven dead stays so, whatever the clock says. A renewal that
// waits for a row writes a clock that is old by the wait; its owner counts from before
// that.
//
// # What a failover can lose
//
// With standbys that are not synchronous, a failover can lose confirmed writes: a claim,
// or the end of a session, which is then alive again on the new primary. So
// Capabilities say LosesAckedWrites, and each renewal has the server's clock as its
// Stamp, which tokens follow. To lose nothing, name the standby in
// synchronous_standby_names, keep synchronous_commit at "on" or more, and let the
// failover choose a synchronous one. New refuses "off", with which a mere crash loses
// writes. A session, on the other hand, can be cut short by a failover, by what its lost
// renewals were worth. After a backup was restored, delete the rows of sessions before
// any process runs.
//
// # Least permission
//
// Migrate, or the text of SchemaSQL, is run once by an owner. For the program's user
// "app":
//
//	GRANT USAGE ON SCHEMA tenure TO app;
//	GRANT SELECT ON tenure.version TO app;
//	GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.sessions, tenure.records TO app;
//
// A wrong password or a missing grant is backends.ErrDenied. All tables are named with
// their schema, so that search_path does not matter. A namespace is no border: who may
// write one may write all in the schema. Give each application a schema of its own.
//
// # Transport security
//
// TLS is the pool's: use sslmode=verify-full and sslrootcert, because with prefer, which
// is pgx's default, and require nobody proves to be the server. Authentication by
// scram-sha-256 or client certificates is the server's pg_hba.conf. Errors name the
// host, the user and the database, and no password.
//
// Sources: PostgreSQL's documentation, by title because numbers differ between versions:
// "Date/Time Functions and Operators", "System Administration Functions", "Transaction
// Isolation", "High Availability, Load Balancing, and Replication", "Reliability and the
// Write-Ahead Log", "PostgreSQL Error Codes" and the pages INSERT, SELECT ("The Locking
// Clause") and NOTIFY; PgBouncer's "SQL feature map for pooling modes".
package postgres
