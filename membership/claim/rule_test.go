package claim

import (
	"testing"

	"github.com/tenure-go/tenure/backends"
)

var (
	me   = Self{Session: "A", Member: "node-a"}
	want = Wish{Want: true}
)

func held(session backends.SessionID, token Token, rev backends.Revision) Seen {
	return Seen{Record: Record{Session: session, Token: token}, Revision: rev}
}

// pending is a write of A's with this token, expecting rev.
func pending(session backends.SessionID, token Token, rev backends.Revision) *backends.Write {
	return &backends.Write{Value: Record{Session: session, Token: token}.Encode(), Expect: rev}
}

// sent is what a test expects of a write; an empty session is a release.
type sent struct {
	session backends.SessionID
	token   Token
	expect  backends.Revision
	ifDead  backends.SessionID
}

// check compares an action with what is expected: for Send also the write.
func check(t *testing.T, s State, a Action, verb Verb, token Token, w sent) {
	t.Helper()
	if a.Verb != verb || a.Token != token {
		t.Fatalf("got %v with token %d, want %v with token %d", a.Verb, a.Token, verb, token)
	}
	if verb != Send {
		return
	}
	rec, err := Decode(a.Write.Value)
	if err != nil {
		t.Fatal(err)
	}
	if got := (sent{rec.Session, rec.Token, a.Write.Expect, a.Write.IfDead}); got != w {
		t.Errorf("sent %+v, want %+v", got, w)
	}
	if s.Pending == nil || string(s.Pending.Value) != string(a.Write.Value) {
		t.Error("the write is not pending")
	}
	if s.Running || s.Draining {
		t.Error("runs or drains a claim that it is writing away")
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	toB := Wish{Next: Heir{Session: "B", Member: "node-b"}}
	try := Wish{Want: true, TryDead: true}
	proof := pending("A", 2, "r1")
	proof.IfDead = "B"
	tests := map[string]struct {
		me    Self
		state State
		seen  Seen
		wish  Wish
		verb  Verb
		token Token
		write sent
	}{
		"a free key is taken":                         {seen: held("", 4, "r4"), wish: want, verb: Send, write: sent{"A", 5, "r4", ""}},
		"a key never claimed is created":              {wish: want, verb: Send, write: sent{"A", 1, "", ""}},
		"a take is above the floor":                   {me: Self{Session: "A", Floor: 90}, wish: want, verb: Send, write: sent{"A", 91, "", ""}},
		"a take is above the mark":                    {state: State{Mark: 7}, seen: held("", 2, "r"), wish: want, verb: Send, write: sent{"A", 8, "r", ""}},
		"a key that is not wanted is left":            {seen: held("", 4, "r4"), verb: Rest},
		"another's claim is waited for":               {seen: held("B", 4, "r4"), wish: want, verb: Wait},
		"another's claim is taken by proof":           {seen: held("B", 4, "r4"), wish: try, verb: Send, write: sent{"A", 5, "r4", "B"}},
		"garbage is never taken":                      {seen: Seen{Revision: "r", Garbage: true}, wish: try, verb: Rest},
		"a busy key is not taken":                     {state: State{Busy: true}, wish: want, verb: Rest},
		"a busy key is not taken from the dead":       {state: State{Busy: true}, seen: held("B", 1, "r"), wish: try, verb: Rest},
		"a busy key is not adopted":                   {state: State{Busy: true, Mark: 1}, seen: held("A", 3, "r"), wish: want, verb: Rest},
		"a claim above the mark is adopted":           {state: State{Mark: 2}, seen: held("A", 3, "r"), wish: want, verb: Start, token: 3},
		"a claim at the mark is renamed":              {state: State{Mark: 3}, seen: held("A", 3, "r"), wish: want, verb: Send, write: sent{"A", 4, "r", ""}},
		"a claim below the mark is renamed":           {state: State{Mark: 9}, seen: held("A", 3, "r"), wish: want, verb: Send, write: sent{"A", 10, "r", ""}},
		"an unwanted claim of mine is released":       {state: State{Mark: 2}, seen: held("A", 3, "r"), verb: Send, write: sent{"", 3, "r", ""}},
		"an unwanted claim of mine is handed over":    {state: State{Mark: 2}, seen: held("A", 3, "r"), wish: toB, verb: Send, write: sent{"B", 4, "r", ""}},
		"a hand-over is above the floor":              {me: Self{Session: "A", Floor: 90}, state: State{Mark: 2}, seen: held("A", 3, "r"), wish: toB, verb: Send, write: sent{"B", 91, "r", ""}},
		"a busy unwanted claim of mine is released":   {state: State{Busy: true}, seen: held("A", 3, "r"), verb: Send, write: sent{"", 3, "r", ""}},
		"an open write is sent again":                 {state: State{Pending: pending("A", 2, "r1")}, seen: held("B", 1, "r1"), wish: want, verb: Send, write: sent{"A", 2, "r1", ""}},
		"an open write is sent again though unwanted": {state: State{Pending: pending("A", 1, "")}, verb: Send, write: sent{"A", 1, "", ""}},
		"a refused take is not sent again":            {state: State{Pending: proof}, seen: held("B", 1, "r1"), wish: want, verb: Wait},
		"an open take is sent again to try":           {state: State{Pending: proof}, seen: held("B", 1, "r1"), wish: try, verb: Send, write: sent{"A", 2, "r1", "B"}},
		"a holder that has changed closes a take":     {state: State{Pending: proof}, seen: held("", 1, "r2"), wish: want, verb: Send, write: sent{"A", 2, "r2", ""}},
		"another revision closes a write":             {state: State{Pending: pending("A", 2, "r1")}, seen: held("A", 2, "r2"), wish: want, verb: Start, token: 2},
		"a run sees its claim":                        {state: State{Running: true, Busy: true, Token: 3, Mark: 3}, seen: held("A", 3, "r"), wish: want, verb: Rest},
		"a run that is not wanted drains":             {state: State{Running: true, Busy: true, Token: 3, Mark: 3}, seen: held("A", 3, "r"), verb: Drain},
		"a run loses to another holder":               {state: State{Running: true, Busy: true, Token: 3, Mark: 3}, seen: held("B", 4, "r"), wish: want, verb: Lose},
		"a run loses to its own larger token":         {state: State{Running: true, Busy: true, Token: 3, Mark: 3}, seen: held("A", 4, "r"), wish: want, verb: Lose},
		"a run loses to an operator's reset":          {state: State{Running: true, Busy: true, Token: 3, Mark: 3}, wish: want, verb: Lose},
		"a run loses to garbage":                      {state: State{Running: true, Busy: true, Token: 3, Mark: 3}, seen: Seen{Revision: "x", Garbage: true}, wish: want, verb: Lose},
		"a draining claim loses too":                  {state: State{Draining: true, Busy: true, Token: 3, Mark: 3}, seen: held("B", 4, "r"), verb: Lose},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.me.Session == "" {
				test.me = me
			}
			s, a := Decide(test.me, test.state, test.seen, test.wish)
			check(t, s, a, test.verb, test.token, test.write)
			if test.verb == Lose && (s.Running || s.Draining || !s.Busy) {
				t.Errorf("after a loss: %+v, want neither running nor draining, and busy until the callback returns", s)
			}
			if test.verb == Start && (!s.Running || !s.Busy || s.Mark != test.token || s.Revision != test.seen.Revision) {
				t.Errorf("after a start: %+v", s)
			}
		})
	}
}

func TestContinue(t *testing.T) {
	t.Parallel()
	drained := State{Draining: true, Token: 3, Mark: 3, Revision: "r"}
	busy := drained
	busy.Busy = true
	open := drained
	open.Pending = pending("", 3, "r")
	for name, test := range map[string]struct {
		state State
		wish  Wish
		verb  Verb
		write sent
	}{
		"a wanted run goes on":                     {state: State{Running: true, Busy: true, Token: 3}, wish: want, verb: Rest},
		"an unwanted run drains":                   {state: State{Running: true, Busy: true, Token: 3}, verb: Drain},
		"a key that neither runs nor drains rests": {state: State{Mark: 3}, verb: Rest},
		"a drained claim is released":              {state: drained, verb: Send, write: sent{"", 3, "r", ""}},
		"a drained claim is handed over":           {state: drained, wish: Wish{Next: Heir{Session: "B"}}, verb: Send, write: sent{"B", 4, "r", ""}},
		"a drained claim wanted again is renamed":  {state: drained, wish: want, verb: Send, write: sent{"A", 4, "r", ""}},
		"a drained claim is kept":                  {state: drained, wish: Wish{Keep: true}, verb: Rest},
		"nothing is given while the callback runs": {state: busy, wish: Wish{Next: Heir{Session: "B"}}, verb: Rest},
		"nothing is renamed while it runs":         {state: busy, wish: want, verb: Rest},
		"an abandoned claim is given at once":      {state: busy, wish: Wish{Abandon: true}, verb: Send, write: sent{"", 3, "r", ""}},
		"an abandoned claim is kept":               {state: busy, wish: Wish{Abandon: true, Keep: true}, verb: Rest},
		"an abandoned claim is not renamed":        {state: busy, wish: Wish{Abandon: true, Want: true}, verb: Rest},
		"nothing is sent beside an open write":     {state: open, verb: Rest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, a := Continue(me, test.state, test.wish)
			check(t, s, a, test.verb, 0, test.write)
			if s.Busy != test.state.Busy || s.Mark != test.state.Mark {
				t.Errorf("busy and mark changed: %+v", s)
			}
		})
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	mine, toB := pending("A", 4, "r3"), pending("B", 4, "r3")
	for name, test := range map[string]struct {
		state   State
		outcome backends.Outcome
		verb    Verb
		open    bool // the write stays pending
	}{
		"an applied take starts":                       {State{Pending: mine}, backends.Applied, Start, false},
		"an applied take after a lost reply starts":    {State{Pending: mine, Unsure: true}, backends.Applied, Start, false},
		"an applied take of a busy key does not start": {State{Pending: mine, Busy: true}, backends.Applied, Rest, false},
		"an applied take at the mark does not start":   {State{Pending: mine, Mark: 4}, backends.Applied, Rest, false},
		"an applied hand-over starts nothing":          {State{Pending: toB}, backends.Applied, Rest, false},
		"a conflict closes":                            {State{Pending: mine}, backends.Conflict, Rest, false},
		"a conflict closes an unsure write":            {State{Pending: mine, Unsure: true}, backends.Conflict, Rest, false},
		"alive closes a write that was answered":       {State{Pending: mine}, backends.Alive, Rest, false},
		"alive does not close an unsure write":         {State{Pending: mine, Unsure: true}, backends.Alive, Rest, true},
		"not sent closes a write that was answered":    {State{Pending: mine}, backends.NotSent, Rest, false},
		"not sent does not close an unsure write":      {State{Pending: mine, Unsure: true}, backends.NotSent, Rest, true},
		"unknown closes nothing":                       {State{Pending: mine}, backends.Unknown, Rest, true},
		"an answer without a pending write is nothing": {State{Mark: 2}, backends.Applied, Rest, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, a := Settle(me, test.state, backends.Result{Outcome: test.outcome, Revision: "r4"})
			if a.Verb != test.verb {
				t.Fatalf("got %v, want %v", a.Verb, test.verb)
			}
			if (s.Pending != nil) != test.open || s.Unsure != (test.open) {
				t.Errorf("pending %v, unsure %v, want both %v", s.Pending != nil, s.Unsure, test.open)
			}
			if a.Verb == Start && (a.Token != 4 || s.Token != 4 || s.Mark != 4 || s.Revision != "r4" || !s.Running || !s.Busy) {
				t.Errorf("started as %+v", s)
			}
			if a.Verb == Rest && (s.Running || s.Mark != test.state.Mark) {
				t.Errorf("rests as %+v", s)
			}
		})
	}
}

func TestEndedKeepsOnlyMarkAndBusy(t *testing.T) {
	t.Parallel()
	s := Ended(State{Mark: 5, Running: true, Token: 5, Revision: "r", Draining: true, Busy: true, Pending: pending("A", 6, "r"), Unsure: true})
	if s != (State{Mark: 5, Busy: true}) {
		t.Errorf("after the session's end: %+v", s)
	}
}

func TestReturned(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ before, after State }{
		"by itself":         {State{Running: true, Busy: true, Token: 3, Mark: 3}, State{Draining: true, Token: 3, Mark: 3}},
		"when asked to":     {State{Draining: true, Busy: true, Token: 3, Mark: 3}, State{Draining: true, Token: 3, Mark: 3}},
		"after the loss":    {State{Busy: true, Token: 3, Mark: 3}, State{Token: 3, Mark: 3}},
		"after the session": {State{Busy: true, Mark: 3}, State{Mark: 3}},
	} {
		if got := Returned(test.before); got != test.after {
			t.Errorf("%s: %+v, want %+v", name, got, test.after)
		}
	}
}

func TestAnnotate(t *testing.T) {
	t.Parallel()
	run := State{Running: true, Busy: true, Token: 3, Mark: 3, Revision: "r3"}
	for name, s := range map[string]State{
		"draining": {Draining: true, Token: 3}, "idle": {Mark: 3}, "pending": {Running: true, Token: 3, Pending: pending("A", 3, "r3")},
	} {
		if _, a := Annotate(me, s, nil); a.Verb != Rest {
			t.Errorf("%s: %v, want rest", name, a.Verb)
		}
	}
	s, a := Annotate(me, run, []backends.SessionID{"B", "C"})
	rec, err := Decode(a.Write.Value)
	if err != nil || a.Verb != Send || rec.Session != "A" || rec.Token != 3 || len(rec.Deputies) != 2 || a.Write.Expect != "r3" {
		t.Fatalf("%v %+v %v", a.Verb, rec, err)
	}
	if !s.Running {
		t.Fatal("a leader that writes its deputies stops running")
	}
	s, a = Settle(me, s, backends.Result{Outcome: backends.Applied, Revision: "r4"})
	if a.Verb != Rest || !s.Running || s.Revision != "r4" || s.Pending != nil {
		t.Errorf("after its own rewrite was applied: %v %+v", a.Verb, s)
	}
}
