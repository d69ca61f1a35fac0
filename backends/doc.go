// Package backends is the contract between Tenure and the stores that it runs
// on. A store offers two things: sessions that die for good, and records with
// compare-and-set. It has no opinion about ownership and starts no goroutine
// that decides anything; all rules about time and ownership live in package
// membership.
//
// # Clauses
//
// Each clause has a test of the same name in package backendtest.
//
// Death. A session is alive, expired or dead. Expired is an observation and
// may be taken back. Dead is permanent.
//
//   - D1 A session that does not exist is dead.
//   - D2 A write with IfDead of a live session is answered Alive and changes
//     nothing.
//   - D3 A write with IfDead of a session that has expired makes it dead and
//     is applied.
//   - D4 After a write with IfDead was applied, no Renew of that session
//     succeeds, for ever: it answers ErrSessionLost.
//   - D5 Proof and renewal exclude each other: of a renewal and a proof that
//     race, a renewal that succeeds after the proof was applied is a breach.
//   - D6 A closed session is dead at once.
//   - D7 A session that stopped renewing can be proven dead in bounded time
//     after its TTL, without help of its owner.
//   - D8 Sessions and Watch show an expired session as expired or not at all.
//
// Sessions.
//
//   - S1 Every OpenSession makes a fresh ID of at least 122 random bits.
//     Neither store nor client library retries an attempt by itself.
//   - S2 ValidFor is counted from the instant the call began; it is never less
//     than the TTL asked for, and the session cannot be proven dead before.
//   - S3 A TTL outside MinTTL and MaxTTL is refused with ErrInvalid.
//   - S4 Renew extends the session: it lives for ValidFor from the call's
//     beginning.
//   - S5 Renew of a dead session answers ErrSessionLost.
//   - S6 Renew of a session whose record was removed from outside answers
//     ErrSessionLost.
//   - S7 Close is idempotent, and a Renew that races it never revives.
//   - S8 Sessions shows ID and description, and only the namespace's own.
//
// Records.
//
//   - R1 Read answers one record per key in order; what does not exist has
//     revision Absent.
//   - R2 Read is linearizable per key: it sees every write that was
//     acknowledged before it began, through any client.
//   - R3 List returns the whole directory and nothing else, ordered by key;
//     it sees every write that was acknowledged before it began.
//   - R4 A version has one revision, the same in Write, Read, List and Watch.
//   - R5 Every key that this package can make works, and two keys never
//     meet, hostile names included; namespaces do not meet.
//   - R6 Values of any bytes up to MaxValueBytes come back unchanged; a longer
//     one is refused with ErrInvalid before anything is sent.
//
// Writes.
//
//   - W1 Expect Absent creates, and conflicts if the record exists.
//   - W2 Expect with a revision replaces that version only.
//   - W3 A revision is never shown by two versions of a key, deleted or not.
//   - W4 Items of one call are independent: each has its own result.
//   - W5 Two items with one key are refused with ErrInvalid, nothing is sent.
//   - W6 A call of any number of items works; results are in order.
//   - W7 Delete removes the version with that revision only.
//   - W8 The same write sent again after it was applied conflicts: so an
//     unknown write is closed by sending it again.
//   - W9 A call whose context is done answers within bounded time; an item
//     whose reply was lost is Unknown, never Applied or Conflict by guess.
//   - W10 Of any number of concurrent writes with one expected revision, one
//     is applied.
//   - W11 A write with both a wrong revision and a live IfDead changes
//     nothing and is answered Conflict or Alive.
//
// Watch.
//
//   - N1 First a snapshot, then Synced, then changes; every change after
//     Synced arrives or is superseded by a later one.
//   - N2 Per key a watch never goes back.
//   - N3 Deletions arrive.
//   - N4 A selector is a directory, a key, one session or all sessions, and
//     nothing else is delivered; several can be given.
//   - N5 The end of a session arrives.
//   - N6 The channel is closed soon after the context is done, whether or not
//     anybody reads it.
//   - N7 A watch without contact for the given silence fails with ErrSilent
//     or another error.
//   - N8 A reader that does not read holds up nobody else, and finds the
//     newest state when it reads again.
//
// Limits.
//
//   - L1 Capabilities are complete and consistent.
//   - L2 Every call returns when its context is done.
//   - L3 All methods can be used concurrently.
package backends
