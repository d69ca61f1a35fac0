package backendtest

import (
	"fmt"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

var writes = []Clause{
	{"W1", "AbsentCreates", absentCreates},
	{"W2", "RevisionReplaces", revisionReplaces},
	{"W3", "RevisionsNeverReturn", revisionsNeverReturn},
	{"W4", "ItemsAreIndependent", itemsAreIndependent},
	{"W5", "KeyTwice", keyTwice},
	{"W6", "AnyNumberOfItems", anyNumberOfItems},
	{"W7", "DeleteByRevision", deleteByRevision},
	{"W8", "SentAgain", sentAgain},
	{"W9", "LostReplyIsUnknown", lostReplyIsUnknown},
	{"W10", "OneWinner", oneWinner},
	{"W11", "WrongRevisionAndAlive", wrongRevisionAndAlive},
}

func absentCreates(e *env) {
	k := e.key("w1")
	revision := e.put(e.a, k, "first", backends.Absent)
	for _, b := range []backends.Backend{e.a, e.b} {
		e.expect(backends.Conflict, b, backends.Write{Key: k, Value: []byte("second")})
	}
	e.holds(e.b, k, "first", revision)
}

func revisionReplaces(e *env) {
	k := e.key("w2")
	first := e.put(e.a, k, "1", backends.Absent)
	second := e.put(e.b, k, "2", first)
	e.holds(e.a, k, "2", second)
	e.expect(backends.Conflict, e.a, backends.Write{Key: k, Value: []byte("3"), Expect: first})
	e.holds(e.b, k, "2", second)
	// A revision of this store, but of another record: nothing is created.
	missing := e.key("w2", "missing")
	e.expect(backends.Conflict, e.a, backends.Write{Key: missing, Value: []byte("v"), Expect: second})
	e.holds(e.b, missing, "", backends.Absent)
}

func revisionsNeverReturn(e *env) {
	k, seen := e.key("w3"), map[backends.Revision]bool{}
	var gone []backends.Revision
	for range 3 {
		revision := backends.Absent
		// The same values again and again: only the revision tells them apart.
		for _, value := range []string{"a", "b", "a", "a"} {
			revision = e.put(e.a, k, value, revision)
			if seen[revision] {
				e.Fatalf("revision %q came back", revision)
			}
			seen[revision] = true
		}
		e.expect(backends.Applied, e.b, backends.Write{Key: k, Expect: revision, Delete: true})
		gone = append(gone, revision)
		for _, old := range gone {
			e.expect(backends.Conflict, e.a, backends.Write{Key: k, Value: []byte("late"), Expect: old})
		}
		e.holds(e.b, k, "", backends.Absent)
	}
}

func itemsAreIndependent(e *env) {
	l := e.open(e.a)
	taken, mine := e.key("w4", "taken"), e.key("w4", "mine")
	e.put(e.a, taken, "taken", backends.Absent)
	revision := e.put(e.a, mine, "1", backends.Absent)
	items := []struct {
		w    backends.Write
		want backends.Outcome
	}{
		{backends.Write{Key: e.key("w4", "new"), Value: []byte("v")}, backends.Applied},
		{backends.Write{Key: taken, Value: []byte("v")}, backends.Conflict},
		{backends.Write{Key: mine, Value: []byte("v"), Expect: revision}, backends.Applied},
		{backends.Write{Key: e.key("w4", "alive"), Value: []byte("v"), IfDead: l.ID()}, backends.Alive},
		{backends.Write{Key: e.key("w4", "gone"), Value: []byte("v"), Expect: revision}, backends.Conflict},
		{backends.Write{Key: e.key("w4", "dead"), Value: []byte("v"), IfDead: backends.NewSessionID()}, backends.Applied},
	}
	var all []backends.Write
	for _, i := range items {
		all = append(all, i.w)
	}
	for i, r := range e.writeAll(e.a, all...) {
		if r.Outcome != items[i].want {
			e.Errorf("item %d %q: %v %v, want %v", i, items[i].w.Key, r.Outcome, r.Err, items[i].want)
		}
		record := e.read(e.b, items[i].w.Key)
		if applied := string(record.Value) == "v"; applied != (items[i].want == backends.Applied) {
			e.Errorf("item %d %q was %v, but the record holds %q", i, items[i].w.Key, r.Outcome, record.Value)
		}
	}
}

func keyTwice(e *env) {
	k, other := e.key("w5"), e.key("w5", "other")
	_, err := e.a.Write(e.ctx(), backends.Write{Key: other, Value: []byte("v")}, backends.Write{Key: k, Value: []byte("1")}, backends.Write{Key: k, Value: []byte("2")})
	e.invalid("Write with a key twice", err)
	_, err = e.a.Write(e.ctx(), backends.Write{Key: other, Value: []byte("v")}, backends.Write{Key: "not//valid", Value: []byte("v")})
	e.invalid("Write with a malformed key", err)
	for _, k := range []backends.Key{k, other} {
		e.holds(e.b, k, "", backends.Absent)
	}
}

func anyNumberOfItems(e *env) {
	if none := e.writeAll(e.a); len(none) > 0 {
		e.Errorf("Write of no item: %+v", none)
	}
	elsewhere := e.put(e.a, e.key("w6"), "v", backends.Absent)
	batch := min(e.a.Capabilities().MaxBatch, 1000)
	for _, count := range []int{batch, batch + 1, 2*batch + 3} {
		all := make([]backends.Write, count)
		for i := range all {
			all[i] = backends.Write{Key: e.key("w6", fmt.Sprint(count), fmt.Sprint(i)), Value: fmt.Append(nil, i)}
			if i%5 == 2 {
				all[i].Expect = elsewhere // nothing is there
			}
		}
		for i, r := range e.writeAll(e.a, all...) {
			want := backends.Applied
			if i%5 == 2 {
				want = backends.Conflict
			}
			if r.Outcome != want {
				e.Fatalf("item %d of %d: %v %v, want %v", i, count, r.Outcome, r.Err, want)
			}
			if i%97 == 0 && want == backends.Applied {
				e.holds(e.b, all[i].Key, fmt.Sprint(i), r.Revision)
			}
		}
	}
}

func deleteByRevision(e *env) {
	k := e.key("w7")
	first := e.put(e.a, k, "1", backends.Absent)
	second := e.put(e.a, k, "2", first)
	e.expect(backends.Conflict, e.b, backends.Write{Key: k, Expect: first, Delete: true})
	e.holds(e.a, k, "2", second)
	_, err := e.b.Write(e.ctx(), backends.Write{Key: k, Delete: true})
	e.invalid("delete without a revision", err)
	if r := e.expect(backends.Applied, e.b, backends.Write{Key: k, Expect: second, Delete: true}); r.Revision != backends.Absent {
		e.Errorf("a deletion has the revision %q, want none", r.Revision)
	}
	e.holds(e.a, k, "", backends.Absent)
	if listed := e.list(e.a, e.dir("w7")); len(listed) > 0 {
		e.Errorf("a deleted record is listed")
	}
	e.expect(backends.Conflict, e.a, backends.Write{Key: k, Expect: second, Delete: true})
}

func sentAgain(e *env) {
	k := e.key("w8")
	create := backends.Write{Key: k, Value: []byte("v")}
	first := e.expect(backends.Applied, e.a, create).Revision
	e.expect(backends.Conflict, e.a, create)
	change := backends.Write{Key: k, Value: []byte("v"), Expect: first} // the same value
	second := e.expect(backends.Applied, e.a, change).Revision
	e.expect(backends.Conflict, e.a, change)
	e.expect(backends.Conflict, e.b, change)
	e.holds(e.b, k, "v", second)
	guarded := backends.Write{Key: e.key("w8", "guarded"), Value: []byte("v"), IfDead: backends.NewSessionID()}
	e.expect(backends.Applied, e.a, guarded)
	e.expect(backends.Conflict, e.a, guarded)
}

// oneWinner has many writers expect one revision. Even the losers' own values
// must not show.
func oneWinner(e *env) {
	k, revision := e.key("w10"), backends.Absent
	for round := range 10 {
		var mu sync.Mutex // guards winners
		var winners []string
		var next backends.Revision
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				value := fmt.Sprint(round, " ", i)
				results, err := []backends.Backend{e.a, e.b}[i%2].Write(e.ctx(), backends.Write{Key: k, Value: []byte(value), Expect: revision})
				if err != nil {
					e.Errorf("Write: %v", err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				switch r := results[0]; r.Outcome {
				case backends.Applied:
					winners, next = append(winners, value), r.Revision
				case backends.Conflict:
				default:
					e.Errorf("writer %d: %v %v, want applied or conflict", i, r.Outcome, r.Err)
				}
			})
		}
		all.Wait()
		if len(winners) != 1 {
			e.Fatalf("%d of 16 writes with one expected revision were applied: %q", len(winners), winners)
		}
		e.holds(e.a, k, winners[0], next)
		revision = next
	}
}

func wrongRevisionAndAlive(e *env) {
	l := e.open(e.a)
	k := e.key("w11")
	old := e.put(e.a, k, "1", backends.Absent)
	now := e.put(e.a, k, "2", old)
	for _, w := range []backends.Write{
		{Key: k, Value: []byte("3")}, {Key: k, Value: []byte("3"), Expect: old}, {Key: k, Expect: old, Delete: true},
		{Key: e.key("w11", "missing"), Value: []byte("3"), Expect: now},
	} {
		w.IfDead = l.ID()
		if r := e.try(e.b, w); r.Outcome != backends.Conflict && r.Outcome != backends.Alive {
			e.Errorf("write with a wrong revision and a live session: %v %v, want conflict or alive", r.Outcome, r.Err)
		}
		e.holds(e.a, k, "2", now)
		e.holds(e.a, e.key("w11", "missing"), "", backends.Absent)
	}
	e.renew(l)
}

// lostReplyIsUnknown writes with a context that is done, and then, if there is
// a hook for it, over a connection that loses the answers.
func lostReplyIsUnknown(e *env) {
	before := time.Now()
	e.unanswered(e.a, "done context", 0)
	switch {
	case e.h.Hold != nil:
		b, hold := e.h.Hold(e, e.namespace)
		e.put(b, e.key("w9", "before"), "v", backends.Absent)
		hold()
		before = time.Now()
		e.unanswered(b, "lost answer", e.h.TTL)
	case e.h.Cut != nil:
		b, cut := e.h.Cut(e, e.namespace)
		e.put(b, e.key("w9", "before"), "v", backends.Absent)
		cut()
		before = time.Now()
		e.unanswered(b, "cut connection", e.h.TTL)
	}
	if took := time.Since(before); took > e.h.TTL+soon {
		e.Errorf("a call whose context was done after %v took %v", e.h.TTL, took)
	}
}

// unanswered writes two items that get no answer, one that would conflict and
// one that could be applied, and closes them by sending them again.
func (e *env) unanswered(b backends.Backend, name string, limit time.Duration) {
	e.Helper()
	taken, free := e.key("w9", name, "taken"), e.key("w9", name, "free")
	e.put(e.b, taken, "taken", backends.Absent)
	writes := []backends.Write{{Key: taken, Value: []byte("v")}, {Key: free, Value: []byte("v")}}
	results, err := b.Write(e.within(limit), writes...)
	if err != nil {
		e.holds(e.b, free, "", backends.Absent) // nothing was sent
		results = nil
	}
	for i, r := range results {
		if (r.Outcome != backends.Unknown && r.Outcome != backends.NotSent) || r.Err == nil {
			e.Errorf("%s, item %d: %v, %v; want unknown or not sent, and the cause", name, i, r.Outcome, r.Err)
		}
		if i == 1 && r.Outcome == backends.NotSent {
			e.holds(e.b, free, "", backends.Absent)
		}
	}
	if r := e.try(e.b, writes[1]); r.Outcome != backends.Applied && r.Outcome != backends.Conflict {
		e.Errorf("%s: sent again: %v %v, want applied or conflict", name, r.Outcome, r.Err)
	}
	if r := e.read(e.b, free); string(r.Value) != "v" {
		e.Errorf("%s: after sending it again the record holds %q", name, r.Value)
	}
	if r := e.read(e.b, taken); string(r.Value) != "taken" {
		e.Errorf("%s: the record of the conflict holds %q", name, r.Value)
	}
}
