package model

import (
	"strconv"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// Rules are the functions under check: the library's own, or a broken variant
// that wraps them.
type Rules struct {
	Decide   func(claim.Self, claim.State, claim.Seen, claim.Wish) (claim.State, claim.Action)
	Continue func(claim.Self, claim.State, claim.Wish) (claim.State, claim.Action)
	Settle   func(claim.Self, claim.State, backends.Result) (claim.State, claim.Action)
	Ended    func(claim.State) claim.State
	Returned func(claim.State) claim.State
	// DieTrusted breaks the timing rule: sessions die while they are trusted.
	DieTrusted bool
}

// library are the rules that the library runs.
func library() Rules {
	return Rules{Decide: claim.Decide, Continue: claim.Continue, Settle: claim.Settle, Ended: claim.Ended, Returned: claim.Returned}
}

func sessionID(s session) backends.SessionID { return backends.SessionID(s.String()) }

func sessionNamed(id backends.SessionID) session {
	if id == "" {
		return 0
	}
	return sessionOf(int(id[0]-'A'), int(id[1]-'0'))
}

func revisionOf(r uint8) backends.Revision {
	if r == 0 {
		return backends.Absent
	}
	return backends.Revision(strconv.Itoa(int(r)))
}

func revisionNamed(r backends.Revision) uint8 {
	if r == backends.Absent {
		return 0
	}
	n, err := strconv.Atoi(string(r))
	if err != nil {
		panic("model: a revision that the model did not make: " + string(r))
	}
	return uint8(n)
}

func self(s *State, n int) claim.Self { return claim.Self{Session: sessionID(s.me(n))} }

func seenOf(r record) claim.Seen {
	return claim.Seen{Record: claim.Record{Session: sessionID(r.holder), Token: claim.Token(r.token)}, Revision: revisionOf(r.revision)}
}

// values are the stored forms of claims, so that each is made once.
var values = func() (v [1 + nodes*maxSessions][64][]byte) {
	for holder := range v {
		for token := range v[holder] {
			v[holder][token] = claim.Record{Session: sessionID(session(holder)), Token: claim.Token(token)}.Encode()
		}
	}
	return v
}()

// state is the rule's view of a slot.
func (sl *slot) state(key int) claim.State {
	st := claim.State{
		Mark: claim.Token(sl.mark), Running: sl.running, Token: claim.Token(sl.token), Revision: revisionOf(sl.revision),
		Draining: sl.draining, Busy: sl.busy, Unsure: sl.unsure,
	}
	if sl.hasPending {
		p := sl.pending
		st.Pending = &backends.Write{Value: values[p.to][p.token], Expect: revisionOf(p.expect), IfDead: sessionID(p.ifDead)}
	}
	return st
}

// keep takes over what the rule returned.
func (sl *slot) keep(st claim.State) {
	sl.mark, sl.running, sl.token, sl.revision = uint8(st.Mark), st.Running, uint8(st.Token), revisionNamed(st.Revision)
	sl.draining, sl.busy, sl.unsure = st.Draining, st.Busy, st.Unsure
	sl.hasPending, sl.pending = st.Pending != nil, write{}
	if st.Pending != nil {
		sl.pending = writeOf(*st.Pending)
	}
}

func writeOf(w backends.Write) write {
	rec, err := claim.Decode(w.Value)
	if err != nil {
		panic("model: the rule wrote garbage: " + err.Error())
	}
	return write{to: sessionNamed(rec.Session), token: uint8(rec.Token), expect: revisionNamed(w.Expect), ifDead: sessionNamed(w.IfDead)}
}
