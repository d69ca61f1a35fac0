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

func writeOf(w backends.Write) write {
	rec, err := claim.Decode(w.Value)
	if err != nil {
		panic("model: the rule wrote garbage: " + err.Error())
	}
	return write{to: sessionNamed(rec.Session), token: uint8(rec.Token), expect: revisionNamed(w.Expect), ifDead: sessionNamed(w.IfDead)}
}
