// Package etcd is Tenure's store on etcd 3.5.23, 3.6.5 and later, through client v3.
//
// # How the contract maps to etcd
//
//   - Layout: a session is the key <prefix>/sessions/<id>, a record is the key
//     <prefix>/records/<key>.
//   - Session (S1–S3, D6): LeaseGrant, then a Txn that creates the session's key
//     with that lease and the description as its value. Close is LeaseRevoke, which
//     deletes the key in the same step.
//   - Death (D1–D8): the server deletes the key when the lease has expired (its
//     lessor looks every 500 ms), so there is no session that is expired and not
//     dead. A deleted key never returns: IDs are random, and a lease that is gone
//     cannot be renewed.
//   - Renew (S4–S6): one LeaseKeepAlive message and a linearizable Get of the key,
//     because a lease does not know that an operator deleted its key. The stream is
//     kept for the next renewal. Neither package concurrency nor the channel of
//     Client.KeepAlive is used: both count from the arrival of a reply.
//   - IfDead (D2–D5): a comparison that the session's key does not exist, in the
//     same Txn as the write. etcd applies a Txn as one step.
//   - Revision (R4, W3): the key's ModRevision. The cluster's revision only grows.
//     After restoring a backup it does not: restore with --bump-revision and
//     --mark-compacted, and with no member of Tenure running.
//   - Write (W1–W11): up to 100 items in one Txn, four requests at a time. If all
//     conditions hold, all items apply; else its failure branch tells which do
//     not, and the others are sent again. The client does not repeat a Txn whose
//     outcome is open. An item is unknown after any error except those that the
//     server gives before it applies; "no space" is not among these, because a
//     server also says so after it has applied.
//   - Read (R1, R2): Gets in one Txn, linearizable. List (R3): pages, each
//     linearizable.
//   - Watch (N1–N8): a watch that begins now, and then a Get or a range of one
//     revision, with RequireLeader. All watches of a Store share one stream of their own, and a
//     progress request on it four times per silence shows that the server is there.
//     The client connects again and goes on by itself; what the watch cannot make
//     good ends it: silence, and a revision that was compacted meanwhile.
//
// # Limits
//
// The server must allow --max-txn-ops=128 and --max-request-bytes=1572864, which
// are etcd's defaults. A value has at most 1 MiB less 4 KiB, a description 64 KiB,
// a prefix 256 bytes after escaping. The server revokes at most 1,000 expired leases
// per second, and a Tenure node has one.
//
// Older servers are refused by New, because their answer to a renewal can be
// success after the lease was revoked. New asks with Maintenance.Status, which needs
// a user when authentication is on, but no role. A server that is away then is not
// checked.
//
// # Time
//
// A TTL is whole seconds and at least 2 s. With a longer --election-timeout the
// server raises it to one and a half election timeouts; ValidFor then says so. When
// the leader changes or a server restarts, every lease starts anew with its full
// TTL and the election timeout on top: after a crash at that moment a takeover
// takes so much longer. It is never shorter.
//
// Give the client a DialKeepAliveTime and DialKeepAliveTimeout well below a third of
// the TTL, so that it leaves a silent server, and a DialTimeout of a few seconds for
// clientv3.New itself. Safety and the detection of loss do not depend on them: every
// call here ends with its context, whatever the client is waiting for. A proxy that
// answers requests with the gRPC codes Canceled or DeadlineExceeded of its own must
// not stand between: the client repeats such a request.
//
// # Least permission
//
// For a prefix "tenure" and a user "app":
//
//	etcdctl role add tenure
//	etcdctl role grant-permission tenure --prefix=true readwrite tenure/
//	etcdctl user grant-role app tenure
//
// Mind the closing slash. Leases need no grant of their own: the server asks for
// write permission on the keys attached to one. An expired or outdated token is
// replaced by the client during the call; a wrong password or a missing permission
// is backends.ErrDenied.
//
// # Transport security
//
// The client's TLS settings are the caller's. With client certificates etcd takes
// the common name for the user, so each application needs a certificate of its own.
// Without TLS anybody on the way can answer renewals, and reads passwords.
//
// Sources: etcd's documents "KV API guarantees", "System limits" and "Role-based
// access control", its changelogs of 3.5 and 3.6, and the source of the server's
// lessor, quota applier and watch stream and of the client's retry interceptor.
package etcd
