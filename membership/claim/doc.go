// Package claim is the claim rule: what a node may do about one key, decided
// by pure functions of what it knows. It does no I/O, reads no clock and keeps
// no state of its own; package membership carries out what it decides, and the
// model check explores the very same functions.
//
// A claim is a record {session, member, token}. It is valid while the session
// that it names is alive. Five sentences hold everything together:
//
//   - A start needs a larger token than every token that this process has held
//     for the key in its lifetime (its mark). A claim seen with a smaller or
//     equal token is old news, whoever it names.
//   - From the moment a node sends a hand-over or a release it does not run the
//     key, whatever the reply.
//   - An unknown write is sent again unchanged until it is applied or
//     conflicts, or until a Read shows another revision than the expected one;
//     a take that depends on a death only when that death is to be tried again.
//   - A claim that names my session and that I neither run nor have pending is
//     adopted, renamed to a larger token, or given up.
//   - While an older callback for the key has not returned, the key is busy:
//     it is neither taken nor adopted.
//
// The mark closes a hole that needs no clock fault: a node hands over, its
// hand-over lands late, and a stale view still names the node. Without the
// mark it would start again beside the new owner.
package claim
