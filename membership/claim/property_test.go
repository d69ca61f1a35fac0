package claim

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/backends"
)

// No order of calls, whatever the store answers, lies or loses, leads to a
// start at or below the mark, to a start beside a callback that runs, or to a
// write that is forgotten while a copy of it may land.
func TestPropertyStartsRise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := &play{t: t}
		t.Repeat(map[string]func(*rapid.T){
			"decide": func(t *rapid.T) {
				seen := Seen{
					Record:   Record{Session: session.Draw(t, "holder"), Token: token.Draw(t, "token")},
					Revision: revision.Draw(t, "revision"), Garbage: rapid.IntRange(0, 9).Draw(t, "garbage") == 0,
				}
				p.step(func(s State) (State, Action) { return Decide(p.me(), s, seen, wish(t)) })
			},
			"continue": func(t *rapid.T) {
				p.step(func(s State) (State, Action) { return Continue(p.me(), s, wish(t)) })
			},
			"settle": func(t *rapid.T) {
				r := backends.Result{Outcome: backends.Outcome(rapid.IntRange(0, 4).Draw(t, "outcome")), Revision: revision.Draw(t, "revision")}
				p.step(func(s State) (State, Action) { return Settle(p.me(), s, r) })
			},
			"annotate": func(t *rapid.T) {
				p.step(func(s State) (State, Action) { return Annotate(p.me(), s, []backends.SessionID{"C"}) })
			},
			"return": func(*rapid.T) { p.state, p.inside = Returned(p.state), false },
			"rejoin": func(*rapid.T) { p.state, p.second = Ended(p.state), true },
			"": func(t *rapid.T) {
				if p.state.Running && p.state.Draining {
					t.Fatal("runs and drains at once")
				}
				if p.inside && !p.state.Busy {
					t.Fatal("a callback runs and the key is not busy")
				}
			},
		})
	})
}

var (
	session  = rapid.SampledFrom([]backends.SessionID{"", "A", "A2", "B"})
	token    = rapid.Map(rapid.Uint64Range(0, 6), func(n uint64) Token { return Token(n) })
	revision = rapid.SampledFrom([]backends.Revision{"", "r1", "r2", "r3"})
)

func wish(t *rapid.T) Wish {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	return Wish{Want: flag("want"), Next: Heir{Session: session.Draw(t, "heir")}, TryDead: flag("try"), Keep: flag("keep"), Abandon: flag("abandon")}
}

// play is one process with what it must never forget.
type play struct {
	t      *rapid.T
	state  State
	second bool // it rejoined with another session
	inside bool // a callback has not returned
	held   Token
}

func (p *play) me() Self {
	if p.second {
		return Self{Session: "A2"}
	}
	return Self{Session: "A"}
}

func (p *play) step(call func(State) (State, Action)) {
	before := p.state
	after, a := call(before)
	p.state = after
	switch a.Verb {
	case Start:
		if a.Token <= p.held || a.Token <= before.Mark {
			p.t.Fatalf("starts with token %d after %d, mark %d", a.Token, p.held, before.Mark)
		}
		if p.inside {
			p.t.Fatalf("starts beside a callback that runs")
		}
		p.held, p.inside = a.Token, true
	case Send:
		if before.Pending != nil && string(a.Write.Value) != string(before.Pending.Value) && a.Write.Expect == before.Pending.Expect {
			p.t.Fatalf("an open write was changed from %s to %s", before.Pending.Value, a.Write.Value)
		}
		if after.Pending == nil {
			p.t.Fatal("a write was sent and not remembered")
		}
	case Rest, Wait, Drain, Lose:
	}
	if after.Mark < before.Mark {
		p.t.Fatalf("the mark fell from %d to %d", before.Mark, after.Mark)
	}
}
