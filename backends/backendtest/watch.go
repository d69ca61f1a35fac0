package backendtest

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

var watches = []Clause{
	{"N1", "SnapshotThenChanges", snapshotThenChanges},
	{"N2", "NeverBack", neverBack},
	{"N3", "DeletionsArrive", deletionsArrive},
	{"N4", "SelectorsAreExact", selectorsAreExact},
	{"N5", "EndOfSessionArrives", endOfSessionArrives},
	{"N6", "ClosedWithContext", closedWithContext},
	{"N7", "SilenceFails", silenceFails},
	{"N8", "SlowReader", slowReader},
}

func snapshotThenChanges(e *env) {
	l := e.open(e.a)
	old, changed := e.key("n1", "old"), e.key("n1", "changed")
	e.put(e.a, old, "old", backends.Absent)
	revision := e.put(e.a, changed, "1", backends.Absent)
	f := e.follow(e.b, backends.InDir(e.dir("n1")), backends.AllSessions())
	if f.value(old) != "old" || f.value(changed) != "1" || !f.seen(l.ID()) || len(f.records) != 2 || len(f.sessions) != 1 {
		e.Errorf("the snapshot is %v and %v", f.records, f.sessions)
	}
	if got := f.sessions[l.ID()].Description; string(got) != "conformance" {
		e.Errorf("the snapshot shows the session's description as %q", got)
	}
	e.put(e.a, changed, "2", revision)
	f.until("a change", func() bool { return f.value(changed) == "2" })
	fresh := e.key("n1", "fresh")
	e.put(e.a, fresh, "fresh", backends.Absent)
	f.until("a creation", func() bool { return f.value(fresh) == "fresh" })
	second := e.open(e.a)
	f.until("a new session", func() bool { return f.seen(second.ID()) })
	// Nothing falls between snapshot and changes: watches begin amid writes.
	var all sync.WaitGroup
	all.Go(func() {
		revision := backends.Absent
		for i := range 100 {
			results, err := e.a.Write(e.ctx(), backends.Write{Key: "n1/busy", Value: fmt.Append(nil, i), Expect: revision})
			if err != nil || results[0].Outcome != backends.Applied {
				e.Errorf("write %d: %+v, %v", i, results, err)
				return
			}
			revision = results[0].Revision
		}
	})
	var begun []*follower
	for range 10 {
		begun = append(begun, e.start(e.b, backends.AtKey("n1/busy")))
	}
	all.Wait()
	for _, f := range begun {
		f.until("the last of many changes", func() bool { return f.value("n1/busy") == "99" })
	}
}

func neverBack(e *env) {
	const count = 60
	keys := []backends.Key{e.key("n2", "x"), e.key("n2", "y")}
	f := e.start(e.b, backends.InDir(e.dir("n2")), backends.AtKey(keys[0]))
	shown := map[backends.Key]int{}
	f.each = func(event backends.Event) {
		if event.Kind != backends.Put {
			return
		}
		n, err := strconv.Atoi(string(event.Record.Value))
		if err != nil || n < shown[event.Record.Key] {
			e.Errorf("the watch shows %q after %d", event.Record.Value, shown[event.Record.Key])
		}
		shown[event.Record.Key] = n
	}
	var all sync.WaitGroup
	for _, k := range keys {
		all.Go(func() {
			revision := backends.Absent
			for i := range count {
				results, err := e.a.Write(e.ctx(), backends.Write{Key: k, Value: fmt.Append(nil, i+1), Expect: revision})
				if err != nil || results[0].Outcome != backends.Applied {
					e.Errorf("write %d: %+v, %v", i, results, err)
					return
				}
				revision = results[0].Revision
				if i%10 == 9 { // else a quick store shows the last one only
					<-time.After(2 * e.step())
				}
			}
		})
	}
	f.until("the last changes", func() bool { return shown[keys[0]] == count && shown[keys[1]] == count })
	all.Wait()
	// What comes late would go back: one more change flushes it out.
	e.put(e.a, e.key("n2", "end"), strconv.Itoa(count+1), backends.Absent)
	f.until("one more change", func() bool { return shown[e.key("n2", "end")] == count+1 })
}

func deletionsArrive(e *env) {
	k, other := e.key("n3", "k"), e.key("n3", "other")
	revision := e.put(e.a, k, "v", backends.Absent)
	f := e.follow(e.b, backends.InDir(e.dir("n3")))
	at := e.follow(e.b, backends.AtKey(k))
	e.expect(backends.Applied, e.a, backends.Write{Key: k, Expect: revision, Delete: true})
	for _, f := range []*follower{f, at} {
		f.until("the deletion", func() bool { return f.value(k) == "" })
	}
	// Create and delete: whatever is shown in between, the end is right.
	revision = e.put(e.a, other, "v", backends.Absent)
	e.expect(backends.Applied, e.a, backends.Write{Key: other, Expect: revision, Delete: true})
	e.put(e.a, e.key("n3", "end"), "v", backends.Absent)
	f.until("a creation and a deletion", func() bool { return f.value(e.key("n3", "end")) == "v" && f.value(other) == "" })
}

func selectorsAreExact(e *env) {
	mine, other := e.open(e.a), e.open(e.a)
	in, exact := e.key("n4", "dir", "in"), e.key("n4", "exact")
	near := []backends.Key{e.key("n4", "dir"), e.key("n4", "dir2", "in"), e.key("n4", "exact", "below"), e.key("n4", "exact2"), e.key("n4", "exac")}
	touch := func(value string) {
		for _, k := range append([]backends.Key{in, exact}, near...) {
			e.put(e.a, k, value, e.read(e.a, k).Revision)
		}
	}
	touch("1")
	f := e.follow(e.b, backends.InDir(e.dir("n4", "dir")), backends.AtKey(exact), backends.OfSession(mine.ID()))
	every := e.follow(e.b, backends.AllSessions())
	if len(f.records) != 2 || len(f.sessions) != 1 || !f.seen(mine.ID()) {
		e.Errorf("the snapshot is %v and %v", f.records, f.sessions)
	}
	if len(every.records) > 0 || len(every.sessions) != 2 {
		e.Errorf("the snapshot of all sessions is %v and %v", every.records, every.sessions)
	}
	touch("2")
	third := e.open(e.a)
	e.close(other)
	touch("3")
	e.close(mine)
	every.until("sessions opened and closed", func() bool { return every.seen(third.ID()) && len(every.sessions) == 1 })
	f.until("the selected changes", func() bool { return f.value(in) == "3" && f.value(exact) == "3" && !f.seen(mine.ID()) })
	if len(f.records) != 2 || len(f.sessions) > 1 || len(every.records) > 0 {
		e.Errorf("the watch shows more than was selected: %v and %v", f.records, f.sessions)
	}
	_, err := e.b.Watch(e.ctx(), silence)
	e.invalid("Watch without a selector", err)
}

func endOfSessionArrives(e *env) {
	closed, proven := e.open(e.a), e.open(e.a)
	all := e.follow(e.b, backends.AllSessions())
	one := e.follow(e.b, backends.OfSession(closed.ID()), backends.OfSession(proven.ID()))
	e.close(closed)
	for _, f := range []*follower{all, one} {
		f.until("the end of a closed session", func() bool { _, there := f.sessions[closed.ID()]; return !there })
	}
	e.untilProven(e.a, proven)
	for _, f := range []*follower{all, one} {
		f.until("the end of a session that was proven dead", func() bool { _, there := f.sessions[proven.ID()]; return !there })
	}
}

func closedWithContext(e *env) {
	k := e.key("n6")
	read := e.follow(e.b, backends.AtKey(k))
	unread := e.start(e.b, backends.AtKey(k)) // nobody takes even Synced
	revision := backends.Absent
	for i := range 5 {
		revision = e.put(e.a, k, fmt.Sprint(i), revision)
	}
	e.pass(200 * time.Millisecond) // so that an event waits to be taken
	unread.cancel()
	e.pass(time.Second)
	select {
	case event, open := <-unread.events:
		if open {
			e.Errorf("a watch that nobody reads delivers %+v a second after its context was done; want it closed", event)
		}
	default:
		e.Errorf("a watch that nobody reads is open a second after its context was done")
	}
	read.cancel()
	limit := time.After(soon)
	for {
		select {
		case _, open := <-read.events:
			if !open {
				return
			}
		case <-limit:
			e.Fatalf("the watch is open %v after its context was done", soon)
		}
	}
}

func silenceFails(e *env) {
	if e.h.Cut == nil {
		e.Skipf("the harness has no hook Cut")
	}
	b, cut := e.h.Cut(e, e.namespace)
	short := max(time.Second, e.h.TTL/5) // a store with long TTLs may answer slowly
	events, err := b.Watch(e.Context(), short, backends.InDir(e.dir("n7")), backends.AllSessions())
	if err != nil {
		e.Fatalf("Watch: %v", err)
	}
	quiet := time.After(3 * short)
	for idle := true; idle; {
		select {
		case event, open := <-events:
			if !open || event.Kind == backends.Failed {
				e.Fatalf("a watch of a store that is there but idle has ended: %v", event.Err)
			}
		case <-quiet:
			idle = false
		}
	}
	cut()
	limit := time.After(3*short + 2*time.Second)
	failed := false
	for {
		select {
		case event, open := <-events:
			if !open {
				if !failed {
					e.Errorf("the watch was closed without an event of kind Failed")
				}
				return
			}
			if failed = event.Kind == backends.Failed; failed && event.Err == nil {
				e.Errorf("the watch failed without a cause")
			}
		case <-limit:
			e.Fatalf("a watch with a silence of %v still waits on a cut connection", short)
		}
	}
}

func slowReader(e *env) {
	const keys, rounds = 20, 15
	slow := e.start(e.b, backends.InDir(e.dir("n8"))) // does not read
	quick := e.follow(e.b, backends.InDir(e.dir("n8")))
	all := make([]backends.Write, keys)
	for i := range all {
		all[i].Key = e.key("n8", fmt.Sprint(i))
	}
	for round := range rounds {
		for i := range all {
			all[i].Value = fmt.Append(nil, round)
		}
		for i, r := range e.writeAll(e.a, all...) {
			if r.Outcome != backends.Applied {
				e.Fatalf("write %d: %v %v", i, r.Outcome, r.Err)
			}
			all[i].Expect = r.Revision
		}
	}
	last := strconv.Itoa(rounds - 1)
	for _, f := range []*follower{quick, slow} {
		f.until("the newest state of every record", func() bool {
			for _, w := range all {
				if f.value(w.Key) != last {
					return false
				}
			}
			return f.synced
		})
	}
}
