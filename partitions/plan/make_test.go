package plan_test

import (
	"slices"
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions/plan"
)

// group is a View of eight partitions and the members a, b and c, whose sessions
// are A, B and C.
func group(owners string, members ...string) plan.View {
	v := plan.View{Spec: plan.Spec{Count: len(owners)}, Alive: map[backends.SessionID]bool{}, PlaceNew: true}
	for _, name := range members {
		id := backends.SessionID(name[0] - 'a' + 'A')
		v.Alive[id] = true
		v.Members = append(v.Members, plan.Member{
			Run: plan.RunName(id, 1), Session: id, MemberRecord: plan.MemberRecord{Name: name, Capacity: 1, State: plan.Active},
		})
	}
	for _, owner := range owners {
		switch owner {
		case '.': // never claimed
			v.Claims = append(v.Claims, claim.Seen{})
		case '0': // released
			v.Claims = append(v.Claims, claim.Seen{Record: claim.Record{Token: 7}, Revision: "r"})
		case '?': // not understood
			v.Claims = append(v.Claims, claim.Seen{Revision: "r", Garbage: true})
		default:
			v.Claims = append(v.Claims, claim.Seen{Record: claim.Record{Session: backends.SessionID(owner), Token: 7}, Revision: "r"})
		}
	}
	return v
}

// owners draws a result like the argument of group, in lower case.
func owners(v plan.View, r plan.Result) string {
	out := make([]byte, len(r.Target))
	for i, m := range r.Target {
		out[i] = '.'
		if m >= 0 {
			out[i] = v.Members[m].Name[0]
		}
	}
	return string(out)
}

func mustMake(t *testing.T, v plan.View) plan.Result {
	t.Helper()
	r, err := plan.Make(v)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMake_Owners(t *testing.T) {
	t.Parallel()
	with := func(v plan.View, change func(*plan.View)) plan.View {
		change(&v)
		return v
	}
	for name, test := range map[string]struct {
		view  plan.View
		want  string
		moves int
	}{
		"an even group stays":              {group("AAAABBBB", "a", "b"), "aaaabbbb", 0},
		"a new member gets its share":      {group("AAAABBBB", "a", "b", "c"), "aaacbbbc", 2},
		"the dead one's are shared out":    {group("AAAAXXXX", "a", "b"), "aaaabbbb", 0},
		"released ones are placed":         {group("AAAA0000", "a", "b"), "aaaabbbb", 0},
		"garbage is left alone":            {group("AA?B", "a", "b"), "aa.b", 0},
		"a foreign live holder is too":     {with(group("AAFB", "a", "b"), func(v *plan.View) { v.Alive["F"] = true }), "aa.b", 0},
		"new ones wait for the first join": {with(group("AB..", "a", "b"), func(v *plan.View) { v.PlaceNew = false }), "ab..", 0},
		"new ones are placed":              {group("AB..", "a", "b"), "abab", 0},
		"a drained member gives all":       {with(group("AABB", "a", "b"), func(v *plan.View) { v.Spec.Drains = []string{"a"} }), "bbbb", 2},
		"a leaving member gives all":       {with(group("AABB", "a", "b"), func(v *plan.View) { v.Members[0].State = plan.Leaving }), "bbbb", 2},
		"a pinned one follows the pin":     {with(group("AABB", "a", "b"), func(v *plan.View) { v.Spec.Pins = map[string]string{"0": "b"} }), "baba", 2},
		"a refused one goes elsewhere":     {with(group("A.", "a", "b"), func(v *plan.View) { v.Members[1].Refused = plan.SetOf(1) }), "ba", 1},
		"a paused group moves nothing":     {with(group("AAAA", "a", "b"), func(v *plan.View) { v.Spec.Paused = true }), "aaaa", 0},
		"a paused group places orphans":    {with(group("AAX", "a", "b"), func(v *plan.View) { v.Spec.Paused = true }), "aab", 0},
		"a stuck one stays":                {with(group("AA", "a", "b"), func(v *plan.View) { v.Members[0].Stuck = plan.SetOf(0) }), "ab", 1},
		"a retired one is nobody's":        {with(group("AABB", "a", "b"), func(v *plan.View) { v.Spec.Retired = plan.SetOf(0) }), ".abb", 0},
		"a reserved one waits":             {with(group("AABB00", "a", "b"), func(v *plan.View) { v.Reserved = []plan.Kept{{Name: "c", Partitions: plan.SetOf(4, 5)}} }), "aabb..", 0},
		"who is back gets its own":         {with(group("AABB00", "a", "b", "c"), func(v *plan.View) { v.Reserved = []plan.Kept{{Name: "c", Partitions: plan.SetOf(4, 5)}} }), "aabbcc", 0},
		"capacity two gets twice as much":  {with(group("AAAAAA", "a", "b"), func(v *plan.View) { v.Members[1].Capacity = 2 }), "aabbbb", 4},
		"a cap is kept":                    {with(group("......", "a", "b"), func(v *plan.View) { v.Members[0].Cap = 1 }), "abbbbb", 0},
		"nobody is there":                  {group("AXX."), "....", 0},
	} {
		r := mustMake(t, test.view)
		got := owners(test.view, r)
		if !sameShape(got, test.want) || r.Certificate.Moves != test.moves {
			t.Errorf("%s: %s with %d moves, want %s with %d", name, got, r.Certificate.Moves, test.want, test.moves)
		}
	}
}

// sameShape compares drawings; which of several equal partitions moves is not
// this test's business, so only what each member has is.
func sameShape(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return string(x) == string(y)
}

// Every partition that is held and should be another's is in its holder's plan,
// with the heir, and in the heir's plan as wanted.
func TestMake_GiverAndTakerKnowOfEachOther(t *testing.T) {
	t.Parallel()
	v := group("AAAAAABB", "a", "b", "c")
	r := mustMake(t, v)
	for p, to := range r.Target {
		heir := v.Members[to]
		if !r.Plans[heir.Run].Wanted.Has(p) {
			t.Errorf("%s does not know that it is to own %d", heir.Name, p)
		}
		from := v.Claims[p].Session
		if from == heir.Session {
			continue
		}
		given := slices.ContainsFunc(r.Plans[plan.RunName(from, 1)].Give, func(g plan.Gift) bool {
			return g.Set.Has(p) && g.Session == heir.Session && g.Member == heir.Name
		})
		if !given {
			t.Errorf("%s is not told to give %d to %s", from, p, heir.Name)
		}
	}
}

func TestMake_TellsWhoIsDead(t *testing.T) {
	t.Parallel()
	v := group("AAXY", "a", "b")
	r := mustMake(t, v)
	var dead []backends.SessionID
	for _, p := range r.Plans {
		dead = append(dead, p.Dead...)
	}
	slices.Sort(dead)
	if !slices.Equal(dead, []backends.SessionID{"X", "Y"}) {
		t.Errorf("told dead: %v, want X and Y", dead)
	}
}

// A move that is under way counts as done: planning again from the same claims
// does not turn it around, and moves nothing else.
func TestMake_IsStable(t *testing.T) {
	t.Parallel()
	v := group("AAAAAAAA", "a", "b", "c")
	first := mustMake(t, v)
	for i := range v.Members {
		p := first.Plans[v.Members[i].Run]
		p.Order = plan.Order{Token: 1, Sequence: uint64(i + 1)}
		v.Members[i].Plan = &p
	}
	second := mustMake(t, v)
	if !slices.Equal(first.Target, second.Target) || second.Certificate.Moves != 0 {
		t.Errorf("planned %v, then %v with %d moves", first.Target, second.Target, second.Certificate.Moves)
	}
}

// An older run of a session has ended, whatever its last word was.
func TestMake_OnlyTheNewestRunCounts(t *testing.T) {
	t.Parallel()
	v := group("AAAA", "a", "b")
	old := v.Members[0]
	old.Run, v.Members[0].Run = plan.RunName("A", 1), plan.RunName("A", 2)
	v.Members = append([]plan.Member{old}, v.Members...)
	r := mustMake(t, v)
	if n := r.Plans[old.Run].Wanted.Len(); n != 0 {
		t.Errorf("the ended run is to own %d", n)
	}
	if n := r.Plans[plan.RunName("A", 2)].Wanted.Len(); n != 2 {
		t.Errorf("the newest run is to own %d, want 2", n)
	}
}
