// Package zookeeper is Tenure's store on ZooKeeper 3.8, one server or an ensemble, through
// go-zookeeper/zk. It uses none of that library's recipes.
//
// # How the contract maps to ZooKeeper
//
//   - Layout: a session is the znode /<namespace>/sessions/<id>, a record is
//     /<namespace>/records/<key>, whose data are "T1", 8 random bytes and the value. A
//     znode without data is no record, but leads to the records below it.
//   - Session (S1–S3, D6): a ZooKeeper session of its own, on a connection of its own,
//     and an ephemeral znode with the description. Close deletes the znode, over the
//     store's connection; the ZooKeeper session then expires. An OpenSession that fails
//     closes its ZooKeeper session, or leaves it to expire: an ephemeral znode whose
//     creation was not answered goes with it, however late it lands.
//   - Death (D1–D8): when the leader's clock says that the session has expired, the
//     ensemble commits its end and deletes the znode in the same step. IDs are random,
//     and nothing creates a session's znode a second time.
//   - Renew (S4–S6): see below.
//   - IfDead (D2–D5): the session's znode is created and deleted, in the same transaction
//     as the write. That works only if it is not there; no operation just checks that.
//   - Revision (R4, W3): the 8 random bytes and the znode's data version. The version
//     alone would come again, because it restarts at 0 when a znode is created again. So
//     every record has a child znode that bears the random bytes in its name, and a write
//     checks that it is there. Two znodes for each record is the price.
//   - Write (W1–W11): up to 50 items in one multi, which applies all or nothing. When it
//     is turned down, the items and sessions are read; those whose condition does not hold
//     get their result, the others are sent again. An item is unknown after any
//     error but those that come before anything is sent, and a missing permission.
//   - Read, List (R1–R3): a follower or an observer may lag behind. So a multi that only
//     checks the namespace's znode goes first, which the ensemble commits like a write; the
//     reads then go to the same server. "sync" would not do: a leader answers it
//     without asking whether it still leads.
//   - Watch (N1–N8): polls, by package backends' Poll, every 2 s or third of the silence,
//     after a "sync". The polls set ZooKeeper's watches on what they read, and keep what
//     they have read until these fire; one that fires makes a poll at once. The server
//     sends an event before any answer that shows the change, so a poll after which nothing
//     has fired needs to read nothing. Only while a connection is new, before the library
//     has set the watches again, nothing is kept.
//
// # Renewal
//
// In ZooKeeper the connection keeps a session alive, by pings of the library. That is no
// proof: a follower answers pings itself, and tells the leader, who ends sessions, at the
// next of its own pings; and a process that has given up would live on. So a session's
// connection exists only during a renewal. Renew connects anew: no server accepts a
// session before its leader has started the session's time again (the request REVALIDATE).
// Then a multi that checks the session's znode is committed, which shows that this leader
// has a quorum. A session that comes back with another number is lost, and so is one whose
// znode is gone. ValidFor is what the servers granted, from the instant at which Renew was
// called; a late reply extends nothing.
//
// # Time
//
// The leader's monotonic clock ends sessions, in steps of one tick, late and never early. A
// new leader gives every session its whole timeout again, so a takeover after a crash can take
// that much longer. A TTL must be between minSessionTimeout and maxSessionTimeout of the
// servers, 2 and 20 ticks of 2 s unless they are set: New opens and closes two sessions to
// learn both, Capabilities tell them. All servers must have the same.
//
// Every call ends with its context, whatever the library waits for, and leaves at most 64
// calls behind. A server that takes a connection and stays silent is left after 2 s, or half
// of the time that a renewal has; in later rounds it has up to 16 s. After a call that ran
// out of time the next goes to another server. The library's own limits are up to ten times
// the session's timeout.
//
// # Limits
//
// A value has at most 512 KiB, a description 64 KiB, a namespace 256 bytes after escaping. The
// servers must allow jute.maxbuffer=0xfffff, which is their default. There is no limit
// on how many records a directory has; listing costs one request for each record, and one
// for each level. A read costs a transaction more, a renewal a connection and a transaction,
// for each credential one more request. An idle watch costs a "sync" for each poll, however
// much it follows; a change costs the reads of what has changed. The server keeps a watch of
// its own for each znode that was followed, until that changes or the store is closed.
//
// A server warns in its log of each renewal: of the connection's beginning, because the
// library's handshake is an old one ("old client", ZooKeeperServer), and with a stack trace of
// its end, because a farewell would end the session (NIOServerCnxn; NettyServerCnxnFactory
// says nothing). Raise these loggers to ERROR.
//
// Do not use localSessionsEnabled or a superuser's changes below the namespace: a session
// that an operator deletes is noticed at its next renewal, up to a third of its TTL later.
//
// # What a failover or a restore can lose
//
// A failover loses no acknowledged write: the ensemble commits by majority, to disk unless
// forceSync is off. A restore of old snapshots does, and gives revisions a second time only with
// chance 2^-64; stop all members of Tenure before, and reset the tokens after.
//
// # Least permission
//
// For a namespace "tenure" and a user "app" with digest authentication, an administrator
// creates the namespace's znode in zkCli.sh and gives it to the user:
//
//	create /tenure
//	addauth digest app:PASSWORD
//	setAcl /tenure auth:app:cdrw
//
// All znodes below get the same permissions: read, write, create and delete for the
// user, no administration. A wrong password is known only by what it may not do.
//
// # Transport security
//
// Give Options.Dial the DialContext of a tls.Dialer, and the servers a secureClientPort.
// Without TLS anybody on the way can answer renewals, and read passwords: digest
// authentication sends them as they are. A ClientSessionCache makes the connection of each
// renewal cheaper.
//
// Sources: "ZooKeeper Programmer's Guide" (ZooKeeper Sessions, Consistency Guarantees, Watches,
// Access control using ACLs), "Administrator's Guide" (Configuration Parameters), "ZooKeeper
// Internals" (Active Messaging), the classes Leader (revalidateSession, processSync),
// LeaderZooKeeperServer and ZooKeeperServer of 3.8.0, the source of LearnerHandler and
// LearnerSessionTracker, and the library's conn.go.
package zookeeper
