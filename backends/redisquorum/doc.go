// Package redisquorum is Tenure's store on three or five independent Redis servers
// (7.0 and later) that know nothing of each other. It works while a majority of them
// runs, is reached and remembers. Use it where single servers exist and no etcd or
// database may be added: it costs more requests than any other store, and its argument
// is longer.
//
// # Layout
//
// On every server all keys begin with tenure:{namespace}: and are: state, a hash of the
// server's own standing (run, state, view, floor, changes) and of the registers (p and
// a record's key: the ballot promised; a and the key: the version accepted); names, the
// record keys in order; graves, tombstones by age; session:<id>, a row that expires;
// sessions, their IDs; ended, the sessions that ended, for 48 hours. All steps are Lua
// scripts; each is one step on its server. Servers are asked side by side.
//
// # Records: one register each
//
// A record is a compare-and-set register after CASPaxos (Rystsov, "CASPaxos: Replicated
// State Machines without logs", 2018), which is single-decree Paxos whose value is
// changed by a function. A ballot is a counter and a random number of the store, so no
// two rounds share one. A round prepares its ballot on a majority, takes the version
// with the largest ballot that these have accepted, decides, and has a version accepted
// by a majority. A server that promised a larger ballot refuses. Any two majorities
// share a server: so what a majority has accepted, which is called chosen, is seen by
// every later round, and each version follows the chosen one before it.
//
//   - Write (W1–W11): the version seen is compared with Expect. If it matches, a version
//     with a fresh random revision of 130 bits is accepted in its place.
//   - Conflict is answered on a chosen version only. One that may not be chosen is
//     accepted again first: else a copy of this write that is still on its way could be
//     completed later, after the caller was told that it never will.
//   - A write that some server may have accepted, without a majority, is looked for in
//     the next round. A version names the eight revisions before it; who followed the
//     one that the write was based on tells whether the write was applied. If that is
//     not known any more, or ctx ends, the outcome is Unknown; if no accept request was
//     sent, or all were refused, it is NotSent.
//   - Read (R1, R2): one request to all. If a majority names one ballot, that version is
//     chosen, and nothing newer was chosen when the call began: it would have been
//     accepted by one of these. Otherwise it asks once more, since a write may be on its
//     way, and then a round without a change writes the newest version back, and so
//     mends the servers that missed it.
//   - List (R3): every server lists by itself, page by page; a record on which no
//     majority agrees is read. A watch lists again only if the servers have counted
//     changes, so at rest its cost does not grow with the number of records.
//   - Deleting writes a tombstone. Dropped by one server, it could let a version return
//     that a server which was away still has. So it is dropped when it is an hour old and
//     all servers have it, and each server raises a floor to the ballot that it drops:
//     of keys that it does not know it promises nothing below. While a server is away
//     none is dropped; each takes a few hundred bytes on each server.
//
// Two stores that write one record disturb each other's rounds. They wait at random,
// longer each time up to 100 ms, look before they try again, and give up after 30 s.
//
// # Sessions
//
// A session is a row on every server that expires by that server's clock. It is open or
// renewed when a majority has made or extended the row (S1–S5). Rows live for the TTL
// and 1% and 2 ms, and ValidFor is the TTL, from the beginning of the call: the rest is
// for clocks that run fast. A server without the row, because it was away, gets it with
// the next renewal, but only while another has it: rows that were deleted everywhere
// stay away (S6).
//
// A proof (D1–D7) looks where the row is missing. If that is a majority, it marks the
// session as ended there. A marked server neither extends nor makes the row. A proof
// needs marks on a majority, a renewal rows on a majority, and the two share a server,
// which does one after the other: if the row came first, that server gives no mark; if
// the mark did, it gives no row. Close marks whether or not there is a row (D6, S7). A
// death is for ever, so a write with IfDead proves it first and writes then: nothing
// need hold the two together. A row of one server alone, from a request that came late,
// delays a proof by one TTL at most; it never makes a dead session live.
//
// # Servers that forget
//
// Paxos needs acceptors that remember. A server's standing names its process (run_id)
// and a view, a random word. Every script that counts as a vote is refused if the
// process is another one, there is no standing, or the request names another view. So
// one that was restarted, emptied, restored or copied from another does not vote. The
// store catches it up in the background as soon as a request meets it:
//
//  1. It is marked as joining, under a fresh tag.
//  2. All others are asked for their views, and then moved to a fresh view, each only
//     from the view that it told. A majority must be there.
//  3. A majority in that view gives it all promises, versions, rows, marks and floors. It
//     takes them under that tag only, and keeps the largest.
//  4. It is made ready in that view.
//
// Why this is enough: take any round that could still count a vote from before the
// loss. It needs votes of one view from a majority, so from some server Z among those
// of step 3. If Z voted before it was moved, step 3 has copied what it promised or
// accepted, and the joining server promises no less. After it was moved Z cannot come
// to the round's view: servers enter a view from what they told its maker before, and
// Z's view has changed since. The same holds for rows and marks.
//
// A server on which this fails is tried again by the next request. Views change only
// here, so a round in flight is made again, and nothing else is disturbed.
//
// Not covered, and why: if a majority was restarted or emptied, nobody knows what was
// promised. The store then refuses everything. Call Trust if the servers have kept their
// data (appendonly yes, appendfsync always, or an orderly shutdown that saved). If they
// have not, stop all members for one TTL, flush all servers and call Create; tokens then
// begin anew. A virtual machine that is set back while its process runs keeps its
// run_id: do not do that to more than a minority, and restart Redis there. Restart
// servers one by one, and wait until each votes again: in the hash state, the field state
// is "ready" and run is the run_id that INFO shows.
//
// # Clocks
//
// Only the servers' clocks count: Redis expires rows by wall clock. A step forward on one
// server ends its rows early and counts like the loss of that server; a majority must
// not step at once. Steps back make sessions live longer. Ballots begin with the clock
// of the client to be larger than old ones; a wrong clock costs attempts, not safety.
// No acknowledged write is lost by a failure of a minority, so Renewal.Stamp is 0;
// tokens rise over all servers because each claim is one register.
//
// # Cost
//
// Requests to each server: a renewal 1; a read of up to a hundred keys 1; a batch of up
// to a hundred writes 2; with IfDead 1 more, or 2 for the first proof; a poll of a
// watched directory 1 while nothing changes. A call waits for all servers; for one that
// is silent at most 100 ms after a majority has answered, and not at all until it is
// quick again.
//
// # Limits
//
// A value has at most 512 KiB, a description 64 KiB, a namespace 256 bytes after
// escaping; a TTL is whole milliseconds from 100 ms to 24 h. There are no hints: a watch
// sees a change by another process within half a second.
//
// # Servers
//
// Give each server its own machine, disk and power. No replicas, no Sentinel, no
// Cluster. maxmemory-policy must be noeviction: New refuses another one on a server with
// a maxmemory, where it may ask. A full server accepts nothing new but still renews.
// Clients need MaxRetries -1, ContextTimeoutEnabled and a ReadTimeout. A DialTimeout of a
// second and DialerRetries of 1 spare waiting for a server that is away.
//
// # Least permission
//
// On each server, for the namespace "default":
//
//	ACL SETUSER app on >PASSWORD resetkeys resetchannels -@all ~tenure:{default}:* +eval +evalsha +hget +hmget +hset +hdel +hincrby +hscan +zadd +zrem +zscore +zscan +zrangebylex +zrangebyscore +zremrangebyscore +set +get +exists +del +pexpire +pttl +time +info +ping +hello +select
//
// New names the commands that are missing if a majority lacks them. Passwords can differ
// between servers.
//
// # Transport security
//
// Each client's TLSConfig is the caller's. Without TLS anybody on the way can vote.
//
// Sources: the Redis documents "Scripting with Lua", "EXPIRE", "Redis persistence",
// "Key eviction", "ACL", "SCAN" (guarantees) and "Distributed Locks with Redis"; Rystsov
// as above, with its chapter on deleting; Lamport, "Paxos Made Simple".
package redisquorum
