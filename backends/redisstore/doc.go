// Package redisstore is Tenure's store on Redis 7.0 and later: one server, or the
// master of a Sentinel or Cluster setup, through go-redis v9.
//
// # How the contract maps to Redis
//
// All keys begin with tenure:{namespace}: and so share one slot of a cluster:
// session:<id> is a session, sessions the sorted set of these keys, records a hash of
// record keys, keys a sorted set of them for listing, newest the name of the last write.
// Every call is a script (EVALSHA, after NOSCRIPT once EVAL), and a script is one step on
// the server. The server runs one at a time, so each has at most 100 items or 1 MiB of
// values.
//
//   - Session (S1–S3, D6): SET NX PX with the description as value, and ZADD. Each
//     attempt has a new random ID. Close is DEL.
//   - Death (D1, D7, D8): the key has expired or was deleted. No script but that of
//     OpenSession makes one, so it never returns.
//   - Renew (S4–S6): PEXPIRE, which answers 0 for a key that is not there.
//   - IfDead (D2–D5): EXISTS in the script of the write. If the key is gone, DEL and
//     ZREM make that final, whatever the clock does later.
//   - Revision (R4, W3): the server's TIME in microseconds and 64 random bits of the
//     request, stored in front of the value. It does not return after a delete, a
//     failover or a step of the clock.
//   - Write (W1–W11): HGET, compare, ZADD and HSET, or HDEL and ZREM. An item is
//     unknown after any error but those that the server gives before a script runs.
//     Nothing is ever sent twice: MaxRetries must be -1, and a cluster client only
//     tells which server has the slot, because it repeats commands by itself.
//   - Read (R1, R2): HGET. List (R3): pages of ZRANGEBYLEX and HGET.
//   - Watch (N1–N8): polls, by package backends' Poll, every 2 s or third of the
//     silence, and when a session runs out that it follows. A poll asks for the newest
//     write first, and reads records only when that is another one, or after ten
//     silences. The scripts SPUBLISH what they changed, and a watch that follows it polls at once. Pub/sub delivers at
//     most once: a hint that is lost costs time and nothing else.
//
// No script has the flag no-writes. So a read-only replica refuses them all (READONLY),
// also reads, which would lag there; leave replica-read-only at yes. A master with
// min-replicas-to-write that has lost its replicas refuses them as well (NOREPLICAS).
// Scripts of renewal, Close and reading have allow-oom: a full server still renews.
//
// # Limits
//
// A value has at most 512 KiB, a description 64 KiB, a namespace 256 bytes after
// escaping; a TTL is whole milliseconds from 100 ms to 24 h. A namespace lives on one
// server: its hash is one big key, and while its slot is moved to another server its
// requests fail. Do that when no member of Tenure runs.
//
// # Time
//
// The server's clock is the only one: PX and TIME. Redis expires by wall clock: a step
// forward ends sessions early by so much, one back lets them live longer. Let the
// servers slew and not step. During a script its time stands still. A late reply
// extends nothing: ValidFor counts from the beginning of the call. Renewal.Stamp is the
// server's TIME in microseconds.
//
// # What a failover or a crash can lose
//
// Replication is asynchronous, and WAIT does not make it strongly consistent, so
// acknowledged writes can be lost (Capabilities.LosesAckedWrites). Then a session can be
// gone while its owner trusts it, a claim can be back with its last owner, a session
// that was proven dead can be back, and two owners can overlap for up to one TTL. Tokens
// follow Stamp, so that they still grow, if the clocks of master and replica differ by
// less than the time that the failover takes: let the resource check them. An old
// master that is cut off goes on granting renewals; min-replicas-to-write 1 with
// min-replicas-max-lag below TTL/3 ends that. A server without appendonly forgets all
// when it restarts, and with appendfsync everysec the last second: use always, or keep
// it down for one TTL.
//
// Set maxmemory-policy noeviction: every other policy can throw away a live session or
// the records. New refuses another one if the server has a maxmemory and the user may
// run INFO. Give the namespace a server, or at least an alert, before memory runs out.
//
// # Client
//
// New refuses clients that repeat requests (MaxRetries other than -1), ignore contexts
// (ContextTimeoutEnabled false), wait for ever (ReadTimeout -1 or -2) or read from
// replicas. The pool must allow as many requests at once as the process makes; one
// connection more serves the hints of all watches of a Store. With
// NewFailoverClient give the Sentinels; with NewClusterClient any servers.
//
// # Least permission
//
// For the namespace "default":
//
//	ACL SETUSER app on >PASSWORD resetkeys resetchannels -@all ~tenure:{default}:* &tenure:{default}:* +eval +evalsha +hget +hset +hdel +zcard +zadd +zrem +zrangebylex +set +get +exists +del +pexpire +pttl +time +spublish +ssubscribe +sunsubscribe +info +ping +hello +select +cluster|slots +command
//
// New names the commands that are missing. A wrong password and a missing permission
// are backends.ErrDenied.
//
// # Transport security
//
// The client's TLSConfig is the caller's. Without TLS anybody on the way can answer
// renewals, and reads passwords.
//
// Sources: the Redis documents "Scripting with Lua", "EXPIRE", "Redis Pub/Sub",
// "WAIT", "Redis replication", "Redis persistence", "Key eviction", "ACL" and "Redis
// cluster specification", and the source of go-redis's ClusterClient.
package redisstore
