// Package mysql is Tenure's store on MySQL 8.0 and later and MariaDB 10.11 and later,
// through github.com/go-sql-driver/mysql. The tests run on MariaDB 10.11. MySQL itself
// was not run: the statements are written for both, from its manual.
//
//	db, err := sql.Open("mysql", "app:…@tcp(db)/app?tls=true&interpolateParams=true")
//	store, err := mysql.New(ctx, db, "app")
//
// # How the contract maps to MySQL
//
//   - Layout: a session is a row of tenure_sessions, a record one of tenure_records, both
//     InnoDB, in the database that the data source name names. There are no GET_LOCK locks,
//     which belong to a connection, and no transactions of several statements.
//   - Session (S1–S3): an INSERT under a fresh random ID. Close (D6, S7) is a DELETE.
//   - Renew (S4–S6): an UPDATE of the row; no row is ErrSessionLost. A session that has
//     expired and was not proven dead is renewed.
//   - IfDead (D1–D5): a DELETE of the row if it has expired, then a write that asks that
//     there is no row. A deleted row never returns, so that nothing need hold the two
//     together. A DELETE that waits for a renewal, and a renewal that waits for a DELETE,
//     look at what the other has left: InnoDB locks the newest version of a row, at every
//     isolation level (section "Locking Reads").
//   - Expiry (D7, D8): the row stays until somebody proves the death, whoever needs it.
//     Sessions compares it with the clock.
//   - Revision (R4, W3): 128 random bits, new for each write.
//   - Write (W1–W11): up to 500 items in one statement. No statement of MySQL returns what
//     it has changed, only how many rows, so that a SELECT of the revisions tells which
//     items applied where some did not. An item that applied and was written again before
//     that SELECT is unknown. Deletions go one by one. A deadlock rolls a statement back as
//     a whole (section "InnoDB Error Handling"), and it is tried again. An item is unknown
//     after a lost connection and any error that does not prove that the statement was
//     rolled back: when its context ends, the driver closes the connection, and the server
//     goes on with the statement.
//   - Read, List and Sessions (R1–R3): one SELECT, on the primary: it fails on a server
//     with read_only or innodb_read_only, which answers with old data. That is part of the
//     statement, so that a proxy that sends reads to replicas is found out.
//   - Watch (N1–N8): polling every second, every 100 ms after a change, and when a
//     session runs out.
//
// A statement is two requests, one with interpolateParams=true. A renewal is one
// statement, and so is a batch that applies as a whole; one with IfDead is one more, one
// with a refusal one or two more. Give the pool SetMaxIdleConns(4) or more: database/sql
// keeps two, and a call with four spans would connect anew each time.
//
// # Limits
//
// A value has at most 1 MiB, a description 64 KiB, a namespace 256 bytes after escaping.
// TTLs are from 1 s to 24 h. A batch sends its values as hexadecimal digits, at most
// 4 MiB of them doubled: max_allowed_packet must be 16 MiB or more, the default.
//
// The data source name is the caller's. What it says of time zones, character sets, found
// rows and parameters does not matter. New refuses autocommit=0, READ UNCOMMITTED and a
// timestamp of its own. With tx_isolation='READ-COMMITTED' (transaction_isolation on
// MySQL) InnoDB takes fewer locks between rows, so that fewer statements are tried again.
// The server's innodb_lock_wait_timeout and max_statement_time count.
//
// # Time
//
// "Now" is UTC_TIMESTAMP(6) of the server: when the statement began, before it waited for
// any row. SYSDATE would be later and depends on the time zone, with an hour that comes
// twice. A renewal that waits writes an expiry that is older by the wait, but its owner
// counts from before that; and a proof that waits kills nobody who expired meanwhile.
//
// It is the wall clock. While it is slewed, as time daemons do, nothing is lost. A step
// forwards, or a failover to a machine whose clock is ahead, ends sessions early by as
// much: their owners believe that they are good for longer, and only fencing tokens
// protect the work. A step backwards lets a session whose owner died live longer by as
// much. What was proven dead stays so, whatever the clock says.
//
// # What a failover can lose
//
// Replication is asynchronous unless told otherwise, and then a failover can lose confirmed
// writes: a claim, or the end of a session, which is then alive again on the new primary.
// So Capabilities say LosesAckedWrites, and each renewal has the server's clock as its
// Stamp, which tokens follow. Semisynchronous replication loses less: after its timeout it
// is asynchronous again ("Semisynchronous Replication"). New refuses a server whose
// innodb_flush_log_at_trx_commit or, with a binary log, sync_binlog is not 1, on which a
// mere crash loses writes; MariaDB's default for the second is 0. Set read_only on every
// replica, and on the old primary before a new one is made, or its answers pass for new.
// After a backup was restored, delete the rows of tenure_sessions before any process runs.
//
// Clusters: Group Replication is taken with one primary and a group_replication_consistency
// other than EVENTUAL, with which a new primary answers before it knows all ("Configuring
// Transaction Consistency Guarantees"). Galera is refused: unless wsrep_sync_wait is set, a
// node may not see yet what another has confirmed. No cluster of several servers was run.
//
// # Least permission
//
// Migrate, or the text of Schema, is run once by an owner. For the program's user "app"
// and the database "tenure":
//
//	GRANT SELECT ON tenure.tenure_schema TO app;
//	GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.tenure_sessions TO app;
//	GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.tenure_records TO app;
//
// Give it neither SUPER nor READ ONLY ADMIN nor CONNECTION_ADMIN: read_only does not hold
// for those, so that they could write to a replica. A wrong password or a missing grant
// is backends.ErrDenied. A namespace is no border: who may write one may write all in the
// database. Give each application a database of its own.
//
// # Transport security
//
// TLS is the data source name's: use tls=true or a configuration of the driver's
// RegisterTLSConfig; with preferred and skip-verify nobody proves to be the server. Errors
// name the host, the user and the database, and no password.
//
// Sources: MySQL's reference manual, sections "Locking Reads", "Locks Set by Different SQL
// Statements in InnoDB", "InnoDB Error Handling", "Date and Time Functions", "JSON Table
// Functions", "Information Functions" (LAST_INSERT_ID) and mysql_insert_id() of its C API,
// "Semisynchronous Replication", "Configuring Transaction Consistency Guarantees"; MariaDB's
// pages JSON_TABLE, LAST_INSERT_ID and wsrep_sync_wait.
package mysql
