package claim

import "github.com/tenure-go/tenure/backends"

// Self is who decides: one incarnation of a node.
type Self struct {
	Session backends.SessionID
	Member  string
	Address string
	// Floor is a lower bound for new tokens: the store's stamp where writes can
	// be lost, or what a removed group left behind.
	Floor Token
}

// Wish is what a node wants of one key.
type Wish struct {
	// Want says that this node is to run the key.
	Want bool
	// Next is who gets the claim when it is not wanted; the zero Heir means
	// that the claim is released.
	Next Heir
	// TryDead allows one attempt to take the claim from its holder by proving
	// that holder dead.
	TryDead bool
	// Keep says that a drained claim is not yet to be given up or renamed.
	Keep bool
	// Abandon gives a draining claim up although its callback has not
	// returned. The key stays busy: this node does not start it again before.
	Abandon bool
	// Preferred and Deputies are written into an election's claim.
	Preferred backends.SessionID
	Deputies  []backends.SessionID
}

// Heir is the member that a claim is handed to.
type Heir struct {
	Session backends.SessionID
	Member  string
}

// State is what a node knows about one key. The zero State is that of a key
// never touched.
type State struct {
	// Mark is the largest token that this process has held for the key.
	Mark Token
	// Running says that the node runs the key, under Token.
	Running bool
	Token   Token
	// Revision is that of the node's own claim while it runs or drains.
	Revision backends.Revision
	// Draining says that the callback was asked to stop, and the claim is
	// still this node's.
	Draining bool
	// Busy says that a callback for the key has not returned. While the key
	// runs or drains it is that claim's own callback.
	Busy bool
	// Pending is a write whose answer is not known to be final.
	Pending *backends.Write
	// Unsure says that a copy of Pending went out whose reply was lost, so that
	// it may still land.
	Unsure bool
}

// Verb says what to do next about a key.
type Verb uint8

// What a node can do about a key.
const (
	// Rest: nothing to do until something changes.
	Rest Verb = iota
	// Wait: another session holds the claim; follow the record.
	Wait
	// Send: send Action.Write.
	Send
	// Start: run the key under Action.Token.
	Start
	// Drain: ask the callback to stop; the claim is still this node's.
	Drain
	// Lose: the claim is gone; stop at once.
	Lose
)

// String returns the verb in lower case.
func (v Verb) String() string {
	return [...]string{"rest", "wait", "send", "start", "drain", "lose"}[v]
}

// Action is the outcome of a decision.
type Action struct {
	Verb  Verb
	Token Token
	Write backends.Write
}

// Decide says what to do about a key, from a Read that began after this node's
// last write to the key was answered or abandoned. It returns the new state.
// Send makes the write pending; the caller reports its result to Settle.
func Decide(me Self, s State, seen Seen, w Wish) (State, Action) {
	if s.Pending != nil {
		if seen.Revision == s.Pending.Expect {
			return resend(s, w)
		}
		s = closed(s) // a revision never returns, so no copy can apply any more
	}
	if s.Running || s.Draining {
		return keep(me, s, seen, w)
	}
	if seen.Garbage {
		return s, Action{Verb: Rest}
	}
	switch {
	case seen.Session == me.Session:
		return mine(me, s, seen, w)
	case !w.Want || s.Busy:
		return s, Action{Verb: Rest}
	case seen.Session == "":
		return send(s, claimWrite(me, s, seen, w))
	case w.TryDead:
		write := claimWrite(me, s, seen, w)
		write.IfDead = seen.Session
		return send(s, write)
	}
	return s, Action{Verb: Wait}
}

// resend is about a pending write that is still open: a copy in flight may land
// at any time, and only the same write again closes it. One that takes the claim
// from a dead holder is sent again only when that is to be tried: as long as the
// holder lives it is refused each time and closes nothing.
func resend(s State, w Wish) (State, Action) {
	if s.Pending.IfDead != "" && !w.TryDead {
		return s, Action{Verb: Wait}
	}
	return s, Action{Verb: Send, Write: *s.Pending}
}

// Proving reports whether what is open is a take that may still land if the
// holder dies. Nothing depends on its end: this node does not run the key, and
// should a copy land after all, the claim names a session that gives it up.
func (s State) Proving() bool {
	return s.Pending != nil && s.Pending.IfDead != ""
}

// keep decides about a key that this node runs or drains.
func keep(me Self, s State, seen Seen, w Wish) (State, Action) {
	if seen.Garbage || seen.Session != me.Session || seen.Token != s.Token {
		return lose(s), Action{Verb: Lose}
	}
	s.Revision = seen.Revision
	return Continue(me, s, w)
}

// Continue decides about a key that this node runs or drains without a new
// Read: the node's own claim has a known revision, and a write on it that is
// out of date conflicts.
func Continue(me Self, s State, w Wish) (State, Action) {
	switch {
	case s.Pending != nil, !s.Running && !s.Draining:
		return s, Action{Verb: Rest}
	case s.Running && !w.Want:
		s.Running, s.Draining = false, true
		return s, Action{Verb: Drain}
	case s.Draining && s.Busy && w.Abandon && !w.Want && !w.Keep:
	case !s.Draining || s.Busy || w.Keep:
		return s, Action{Verb: Rest}
	}
	// Drained. From here on the node does not run the key under this token,
	// whatever becomes of the write.
	seen := Seen{Record: Record{Session: me.Session, Token: s.Token}, Revision: s.Revision}
	s.Draining = false
	if w.Want {
		return send(s, claimWrite(me, s, seen, w)) // wanted again: a larger token
	}
	return send(s, giveWrite(me, seen, w))
}

// mine decides about a claim that names this session while the node does not
// run it: a take whose reply was lost, a hand-over from another member, or a
// left-over.
func mine(me Self, s State, seen Seen, w Wish) (State, Action) {
	switch {
	case !w.Want:
		return send(s, giveWrite(me, seen, w))
	case s.Busy:
		return s, Action{Verb: Rest}
	case seen.Token > s.Mark:
		return start(s, seen.Token, seen.Revision)
	}
	return send(s, claimWrite(me, s, seen, w))
}

// Settle takes the answer to one copy of the pending write. Applied and
// Conflict close it whatever other copies do: the revision that they expect is
// gone. Any other answer closes it only while every copy has been answered: an
// earlier copy whose reply was lost can still land.
func Settle(me Self, s State, r backends.Result) (State, Action) {
	if s.Pending == nil {
		return s, Action{Verb: Rest}
	}
	switch r.Outcome {
	case backends.Applied:
		return applied(me, s, r.Revision)
	case backends.Conflict:
		return closed(s), Action{Verb: Rest}
	case backends.Alive, backends.NotSent:
		if !s.Unsure {
			s = closed(s)
		}
	case backends.Unknown:
		s.Unsure = true
	}
	return s, Action{Verb: Rest}
}

func applied(me Self, s State, rev backends.Revision) (State, Action) {
	rec, err := Decode(s.Pending.Value)
	s = closed(s)
	switch {
	case err != nil, rec.Session != me.Session:
	case s.Running && rec.Token == s.Token:
		s.Revision = rev // the leader rewrote its own claim
	case rec.Token > s.Mark && !s.Busy:
		return start(s, rec.Token, rev)
	}
	return s, Action{Verb: Rest}
}

func closed(s State) State {
	s.Pending, s.Unsure = nil, false
	return s
}

// Ended is the state after this node's session ended, whatever the reason:
// nothing runs, and what was pending is dropped, because it names a session
// that is dead or soon will be. The mark stays for the life of the process.
func Ended(s State) State {
	return State{Mark: s.Mark, Busy: s.Busy}
}

// Returned is the state after the key's callback has returned. A key whose
// callback returned without being asked to is drained: its next start needs a
// larger token, like any other.
func Returned(s State) State {
	if s.Running {
		s.Running, s.Draining = false, true
	}
	s.Busy = false
	return s
}

// Annotate rewrites the deputies of an election's claim that this node runs,
// under the same token.
func Annotate(me Self, s State, deputies []backends.SessionID) (State, Action) {
	if !s.Running || s.Pending != nil {
		return s, Action{Verb: Rest}
	}
	rec := Record{Session: me.Session, Member: me.Member, Address: me.Address, Token: s.Token, Deputies: deputies}
	return send(s, backends.Write{Value: rec.Encode(), Expect: s.Revision})
}

func start(s State, t Token, rev backends.Revision) (State, Action) {
	s.Running, s.Busy = true, true
	s.Token, s.Mark, s.Revision = t, t, rev
	return s, Action{Verb: Start, Token: t}
}

func lose(s State) State {
	s.Running, s.Draining = false, false
	return s
}

func send(s State, w backends.Write) (State, Action) {
	s.Pending = &w
	return s, Action{Verb: Send, Write: w}
}

// claimWrite takes the claim, or renames it to this session, with a token above
// both the record's and the mark.
func claimWrite(me Self, s State, seen Seen, w Wish) backends.Write {
	rec := Record{
		Session: me.Session, Member: me.Member, Address: me.Address,
		Token: max(seen.Token, s.Mark, me.Floor) + 1, Deputies: w.Deputies,
	}
	return backends.Write{Value: rec.Encode(), Expect: seen.Revision}
}

// giveWrite hands the claim to the heir with a raised token, or releases it
// and keeps the token. A store that lost a hand-over shows this node its old
// claim again: without the floor the next hand-over would give another heir the
// token that the first one still has.
func giveWrite(me Self, seen Seen, w Wish) backends.Write {
	rec := Record{Token: seen.Token, Next: w.Preferred, Deputies: w.Deputies}
	if w.Next.Session != "" {
		rec = Record{Session: w.Next.Session, Member: w.Next.Member, Token: max(seen.Token, me.Floor) + 1}
	}
	return backends.Write{Value: rec.Encode(), Expect: seen.Revision}
}
