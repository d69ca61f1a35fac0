// Package sqlserver is Tenure's store on SQL Server 2016 and later and Azure SQL, through
// github.com/microsoft/go-mssqldb. It was not run: no SQL Server can be started where the
// other stores are tested. The contract's suite runs when TENURE_TEST_SQLSERVER_URL names
// a database. What is sent lies in testdata/statements.sql; it is written from the
// documentation of Transact-SQL. Run the suite on your server before you rely on it.
//
//	db, err := sql.Open("sqlserver", "sqlserver://app:…@db?database=app")
//	store, err := sqlserver.New(ctx, db, sqlserver.Options{Namespace: "app"})
//
// # How the contract maps to SQL Server
//
//   - Layout: a session is a row of the table sessions, a record one of records. There are
//     no sp_getapplock locks, which belong to a connection, no transactions of several
//     statements, no MERGE, and no table hints.
//   - Session (S1–S3): an INSERT under a fresh random ID. Close (D6, S7) is a DELETE.
//   - Renew (S4–S6): an UPDATE of the row; no row is ErrSessionLost. A session that has
//     expired and was not proven dead is renewed.
//   - IfDead (D1–D5): a DELETE of the row if it has expired, then a write that asks that
//     there is no row. A deleted row never returns, so that nothing need hold the two
//     together. An UPDATE and a DELETE read their rows under update locks, with
//     READ_COMMITTED_SNAPSHOT too ("Transaction Locking and Row Versioning Guide",
//     "Modify data"): who waits looks at what the other has left.
//   - Expiry (D7, D8): the row stays until somebody proves the death, whoever needs it.
//     Sessions compares it with the clock.
//   - Revision (R4, W3): 128 random bits, new for each write.
//   - Write (W1–W11): up to 500 items in one statement, whose OUTPUT clause returns those
//     that it applied; a SELECT tells what kept the others. OUTPUT also returns rows of a
//     statement that fails later ("OUTPUT clause"): the answer is read to its end, and
//     counts only without an error. Two that insert one key at once may both find nothing;
//     then the primary key refuses one, as a whole, and it is tried again, like the victim
//     of a deadlock. An item is unknown after a lost connection and any error that does not
//     prove that the statement was rolled back.
//   - Read, List and Sessions (R1–R3): one SELECT, in one batch with a look whether the
//     database can be updated: a secondary replica answers with old data.
//   - Watch (N1–N8): polling every second, every 100 ms after a change, and when a session
//     runs out.
//
// Each statement is one request. Before it, in the same batch, come XACT_ABORT ON, READ
// COMMITTED and IMPLICIT_TRANSACTIONS OFF, because another user of the pool may have left
// a connection otherwise. Give the pool SetMaxIdleConns(4) or more: database/sql keeps two,
// and a call with four spans would connect anew each time.
//
// # Limits
//
// A value has at most 1 MiB, a description 64 KiB, a namespace 256 bytes after escaping.
// TTLs are from 1 s to 24 h, in steps of 20 ms: the clock may stand still for 16 ms. The
// database needs the compatibility level 130, for OPENJSON. The tables must have no
// triggers, with which OUTPUT does not work.
//
// A call ends at most 100 ms after its context, whether or not the driver does, which has
// been seen to wait on silent networks. What is left of it then holds a connection of the
// pool until the driver gives up.
//
// # Time
//
// "Now" is SYSUTCDATETIME() of the server: when the statement began, before it waited for
// any row. A renewal that waits writes an expiry that is older by the wait, but its owner
// counts from before that; and a proof that waits kills nobody who expired meanwhile.
//
// It is the wall clock. While it is slewed, nothing is lost. A step forwards, or a failover
// to a machine whose clock is ahead, ends sessions early by as much: their owners believe
// that they are good for longer, and only fencing tokens protect the work. A step
// backwards lets a session whose owner died live longer by as much. What was proven dead
// stays so, whatever the clock says.
//
// # What a failover can lose
//
// A failover to an asynchronous secondary of an availability group, or to another region,
// can lose confirmed writes: a claim, or the end of a session, which is then alive again.
// So Capabilities say LosesAckedWrites, and each renewal has the server's clock as its
// Stamp, which tokens follow. With synchronous commit and automatic failover nothing is
// lost. New refuses DELAYED_DURABILITY = FORCED, with which a mere crash loses writes.
// After a backup was restored, delete the rows of sessions before any process runs.
//
// # Least permission
//
// Migrate, or the text of SchemaSQL, is run once by an owner. For the program's user "app":
//
//	GRANT SELECT ON tenure.version TO app;
//	GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.sessions TO app;
//	GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.records TO app;
//
// A wrong password or a missing grant is backends.ErrDenied. A namespace is no border: who
// may write one may write all in the schema. Give each application a schema of its own.
//
// # Transport security
//
// TLS is the URL's: leave encrypt at true or strict and TrustServerCertificate at false,
// or nobody proves to be the server. Errors name the user and the database, and no
// password.
//
// Sources: Microsoft's Transact-SQL reference, pages "OUTPUT clause", "OPENJSON",
// "SYSUTCDATETIME", "SET XACT_ABORT", "SET TRANSACTION ISOLATION LEVEL" and
// "DATABASEPROPERTYEX"; "Transaction Locking and Row Versioning Guide"; "Control
// Transaction Durability".
package sqlserver
