package model

import (
	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// wish is a claim.Wish in small.
type wish struct {
	want, tryDead bool
	heir          session
}

// function is one of the rule's.
type function uint8

const (
	fnDecide function = iota
	fnContinue
	fnSettle
	fnAnnotate
	fnEnded
	fnReturned
)

// question is everything that a function of the rule depends on.
type question struct {
	function         function
	me               session
	know             knowledge
	abandoned, fresh bool
	seen             record
	wish             wish
	outcome, landed  uint8
}

// decision is what a function of the rule returned.
type decision struct {
	know  knowledge
	verb  claim.Verb
	token uint8
	write write
}

// oracle asks the rule. The functions are pure, so each question is asked once.
type oracle struct {
	rules   Rules
	answers map[question]decision
}

func newOracle(r Rules) *oracle { return &oracle{rules: r, answers: map[question]decision{}} }

func (o *oracle) ask(q question) decision {
	d, known := o.answers[q]
	if !known {
		d = o.call(q)
		o.answers[q] = d
	}
	return d
}

func (o *oracle) call(q question) decision {
	me, st := claim.Self{Session: sessionID(q.me)}, q.know.state()
	w := claim.Wish{
		Want: q.wish.want, TryDead: q.wish.tryDead, Next: claim.Heir{Session: sessionID(q.wish.heir)},
		Keep: !q.fresh, Abandon: q.abandoned,
	}
	var a claim.Action
	switch q.function {
	case fnDecide:
		st, a = o.rules.Decide(me, st, seenOf(q.seen), w)
	case fnContinue:
		st, a = o.rules.Continue(me, st, w)
	case fnSettle:
		st, a = o.rules.Settle(me, st, backends.Result{Outcome: backends.Outcome(q.outcome), Revision: revisionOf(q.landed)})
	case fnAnnotate:
		st, a = claim.Annotate(me, st, nil)
	case fnEnded:
		st = o.rules.Ended(st)
	case fnReturned:
		st = o.rules.Returned(st)
	}
	d := decision{know: knowledgeOf(st), verb: a.Verb, token: uint8(a.Token)}
	if a.Verb == claim.Send {
		d.write = writeOf(a.Write)
	}
	return d
}

// knowledge is a claim.State in small.
type knowledge struct {
	mark, token, revision           uint8
	running, draining, busy, unsure bool
	hasPending                      bool
	pending                         write
}

func (k knowledge) state() claim.State {
	st := claim.State{
		Mark: claim.Token(k.mark), Running: k.running, Token: claim.Token(k.token), Revision: revisionOf(k.revision),
		Draining: k.draining, Busy: k.busy, Unsure: k.unsure,
	}
	if p := k.pending; k.hasPending {
		st.Pending = &backends.Write{Value: values[p.to][p.token], Expect: revisionOf(p.expect), IfDead: sessionID(p.ifDead)}
	}
	return st
}

func knowledgeOf(st claim.State) knowledge {
	k := knowledge{
		mark: uint8(st.Mark), token: uint8(st.Token), revision: revisionNamed(st.Revision),
		running: st.Running, draining: st.Draining, busy: st.Busy, unsure: st.Unsure,
	}
	if st.Pending != nil {
		k.hasPending, k.pending = true, writeOf(*st.Pending)
	}
	return k
}
