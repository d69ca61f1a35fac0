// Package etcd is Tenure's store on etcd 3.5 and 3.6, through client v3.
//
// # How the contract maps to etcd
//
//   - Session: a lease, and a key attached to it that holds the description.
//     The server deletes the key when the lease expires (its lessor looks every
//     500 ms), so death is decided by the server.
//   - Renew: one LeaseKeepAlive message, and a linearizable Get of the key,
//     because a lease does not know that an operator deleted its key. Neither
//     package concurrency nor the channel of Client.KeepAlive is used: both
//     count from the arrival of a reply, not from the sending of the request.
//   - IfDead: a comparison that the session's key does not exist, in the same
//     transaction as the write.
//   - Revision: the key's ModRevision.
//   - Write: up to 100 items in one Txn, each a nested Txn with its own
//     conditions; four requests at a time. The server's limits are
//     --max-txn-ops (128) and --max-request-bytes (1.5 MiB).
//   - Read and List: linearizable; List reads pages of one revision.
//   - Watch: a Get, and a watch from its revision, with RequireLeader. A
//     progress request, shared by all watches of a store, shows that the server
//     is there.
//
// # Time
//
// A TTL is whole seconds and at least 2 s; the server raises it to one and a
// half election timeouts. When the cluster's leader changes, every lease starts
// anew with its full TTL and the election timeout on top: a takeover can take
// that much longer after a crash, never less.
//
// Give the client a DialTimeout and DialKeepAliveTime well below the TTL, so
// that it leaves a dead server quickly. Safety does not depend on them: every
// call has a deadline of its own and can be abandoned.
//
// # Least permission
//
//	etcdctl role add tenure
//	etcdctl role grant-permission tenure --prefix=true readwrite tenure/
//	etcdctl user grant-role app tenure
//
// with "tenure/" for the prefix given to New. Granting a lease needs no more
// than a user; revoking one needs write permission on its keys.
//
// Sources: etcd's API guarantees, "How to debug large db size" for limits, the
// lessor's and lease client's source, and the changelogs of 3.5 and 3.6.
package etcd
