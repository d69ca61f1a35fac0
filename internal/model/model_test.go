package model

import (
	"strings"
	"testing"

	"github.com/tenure-go/tenure/membership/claim"
)

// The library's rules hold within small bounds. `make model` takes larger ones.
func TestModelOfTheLibraryHolds(t *testing.T) {
	t.Parallel()
	variants := Small()
	if testing.Short() {
		variants = variants[:1]
	}
	for _, v := range variants {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			got := Check(v, 0)
			t.Log(got)
			if got.Broken != "" || !got.Full {
				t.Errorf("%v\n%s", got, strings.Join(got.Trace, "\n"))
			}
			if got.States < v.AtLeast {
				t.Errorf("only %d states, at least %d are known: the world can do less than it could", got.States, v.AtLeast)
			}
		})
	}
}

// A check that cannot fail proves nothing: each broken variant must fail by the
// invariant that is named for it.
func TestModelCatchesMutants(t *testing.T) {
	t.Parallel()
	for _, v := range Mutants() {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			got := Check(v, 0)
			if !strings.HasPrefix(got.Broken, v.Judge) || got.Broken == "" || len(got.Trace) == 0 {
				t.Errorf("%v, want %q with a trace", got, v.Judge)
			}
		})
	}
}

// Worlds that differ only in what revisions and nodes are called count once.
func TestCanonicalForms(t *testing.T) {
	t.Parallel()
	s := initial()
	s.claims[0] = record{holder: sessionOf(0, 1), token: 2, revision: 9}
	s.nodes[0].slots[0].knowledge = knowledge{mark: 2, token: 2, revision: 9, running: true, busy: true}
	s.fly(flight{there: true, write: write{to: sessionOf(1, 1), token: 1, expect: 4}})
	s.canonical()
	if s.claims[0].revision != 2 || s.nodes[0].slots[0].revision != 2 || s.flying[0].write.expect != 1 {
		t.Errorf("revisions 4 and 9 became %+v", s)
	}
	twin := s.swapped()
	if twin == s || twin.claims[0].holder != sessionOf(1, 1) || twin.nodes[1].slots[0].mark != 2 {
		t.Errorf("swapped: %+v", twin)
	}
	if twin.swapped() != s {
		t.Error("swapping twice is not the identity")
	}
}

func TestStoreKeepsTheContract(t *testing.T) {
	t.Parallel()
	a, b := sessionOf(0, 1), sessionOf(1, 1)
	s := initial()
	s.claims[0] = record{holder: a, token: 1, revision: 1}
	for name, test := range map[string]struct {
		write write
		dead  bool
		want  string
	}{
		"a matching write applies":         {write{to: b, token: 2, expect: 1}, false, "applied"},
		"another revision conflicts":       {write{to: b, token: 2, expect: 0}, false, "conflict"},
		"a live holder is not proven dead": {write{to: b, token: 2, expect: 1, ifDead: a}, false, "alive"},
		"a dead holder is":                 {write{to: b, token: 2, expect: 1, ifDead: a}, true, "applied"},
		"a wrong revision with a dead one": {write{to: b, token: 2, expect: 0, ifDead: a}, true, "conflict"},
	} {
		w := s
		if test.dead {
			w.nodes[0].dead |= 1 << 1
		}
		w.fly(flight{there: true, write: test.write})
		if got := w.land(0); got.String() != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
		if applied := w.claims[0] != s.claims[0]; applied != (test.want == "applied") {
			t.Errorf("%s: the claim is %v", name, w.claims[0])
		}
	}
}

// The compact form loses nothing of what the rule knows.
func TestKnowledgeIsTheRulesState(t *testing.T) {
	t.Parallel()
	k := knowledge{
		mark: 3, token: 2, revision: 5, running: true, draining: true, busy: true, unsure: true,
		hasPending: true, pending: write{to: sessionOf(1, 2), token: 4, expect: 5, ifDead: sessionOf(0, 1)},
	}
	if got := knowledgeOf(k.state()); got != k {
		t.Errorf("%+v came back as %+v", k, got)
	}
	st := k.state()
	if st.Mark != 3 || st.Token != 2 || st.Revision != "5" || st.Pending.Expect != "5" || st.Pending.IfDead != "A1" {
		t.Errorf("the rule sees %+v", st)
	}
	if got := knowledgeOf(claim.State{}); got != (knowledge{}) {
		t.Errorf("a key never touched is %+v", got)
	}
}
