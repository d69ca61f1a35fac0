package backendtest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tenure-go/tenure/backends"
)

var records = []Clause{
	{"R1", "ReadInOrder", readInOrder},
	{"R2", "ReadIsLinearizable", readIsLinearizable},
	{"R3", "ListIsWhole", listIsWhole},
	{"R4", "OneRevision", oneRevision},
	{"R5", "HostileNames", hostileNames},
	{"R6", "AnyBytes", anyBytes},
}

func readInOrder(e *env) {
	var keys []backends.Key
	revisions := map[backends.Key]backends.Revision{}
	for i := range 250 { // more than a request of any store holds
		k := e.key("r1", fmt.Sprint((i*7)%250))
		keys = append(keys, k)
		if i%3 > 0 {
			revisions[k] = backends.Absent
		}
	}
	var all []backends.Write
	for _, k := range keys {
		if _, ok := revisions[k]; ok {
			all = append(all, backends.Write{Key: k, Value: []byte(k)})
		}
	}
	for i, r := range e.writeAll(e.a, all...) {
		revisions[all[i].Key] = r.Revision
	}
	for i, r := range e.readAll(e.b, keys...) {
		revision := revisions[keys[i]]
		value := ""
		if revision != backends.Absent {
			value = string(keys[i])
		}
		if r.Key != keys[i] || r.Revision != revision || string(r.Value) != value {
			e.Fatalf("record %d is %q: %q at revision %q; want %q: %q at %q", i, r.Key, r.Value, r.Revision, keys[i], value, revision)
		}
	}
	if none, err := e.b.Read(e.ctx()); err != nil || len(none) > 0 {
		e.Errorf("Read of no key: %v, %v; want nothing", none, err)
	}
	_, err := e.b.Read(e.ctx(), keys[0], "not//valid")
	e.invalid("Read of a malformed key", err)
}

func readIsLinearizable(e *env) {
	k := e.key("r2")
	var acknowledged atomic.Int64 // the last value whose write was confirmed
	var all sync.WaitGroup
	all.Go(func() {
		defer acknowledged.Store(-1)
		revision := backends.Absent
		for i := range 100 {
			b := []backends.Backend{e.a, e.b}[i%2]
			results, err := b.Write(e.ctx(), backends.Write{Key: k, Value: fmt.Append(nil, i+1), Expect: revision})
			if err != nil || results[0].Outcome != backends.Applied {
				e.Errorf("write %d: %+v, %v", i, results, err)
				return
			}
			revision = results[0].Revision
			acknowledged.Store(int64(i + 1))
			read, err := []backends.Backend{e.b, e.a}[i%2].Read(e.ctx(), k)
			if err != nil || read[0].Revision != revision {
				e.Errorf("a read after write %d shows %+v, %v; want revision %q", i, read, err, revision)
			}
		}
	})
	for _, b := range []backends.Backend{e.a, e.b} {
		all.Go(func() {
			for {
				least := acknowledged.Load()
				if least < 0 {
					return
				}
				read, err := b.Read(e.ctx(), k)
				if err != nil {
					e.Errorf("Read: %v", err)
					return
				}
				var got int64
				_, _ = fmt.Sscan(string(read[0].Value), &got) // 0 while absent
				if got < least {
					e.Errorf("a read shows %d, though %d was acknowledged before it began", got, least)
					return
				}
			}
		})
	}
	all.Wait()
}

func listIsWhole(e *env) {
	const count = 2500 // more than a page of any store
	var all []backends.Write
	for i := range count {
		all = append(all, backends.Write{Key: e.key("r3", "dir", fmt.Sprint(i*7919%count)), Value: []byte("v")})
	}
	// Deeper is inside; the rest only looks like it.
	all = append(all, backends.Write{Key: e.key("r3", "dir", "sub", "deep"), Value: []byte("v")})
	inside := len(all)
	for _, near := range [][]string{{"r3", "dir"}, {"r3", "dir2", "x"}, {"r3", "dir/x"}, {"r3", "di", "r"}, {"r3", "Dir", "x"}, {"r3", "dir.", "x"}} {
		all = append(all, backends.Write{Key: e.key(near...), Value: []byte("v")})
	}
	for i, r := range e.writeAll(e.a, all...) {
		if r.Outcome != backends.Applied {
			e.Fatalf("write %d: %v %v", i, r.Outcome, r.Err)
		}
	}
	listed := e.list(e.b, e.dir("r3", "dir"))
	if len(listed) != inside {
		e.Errorf("%d records are listed, want %d", len(listed), inside)
	}
	if !slices.IsSortedFunc(listed, func(x, y backends.Record) int { return strings.Compare(string(x.Key), string(y.Key)) }) {
		e.Errorf("the listing is not ordered by key")
	}
	want := map[backends.Key]bool{}
	for _, w := range all[:inside] {
		want[w.Key] = true
	}
	for _, r := range listed {
		if !want[r.Key] {
			e.Errorf("the listing has %q, which is outside or came twice", r.Key)
		}
		delete(want, r.Key)
	}
	if empty := e.list(e.b, e.dir("r3", "nothing")); len(empty) > 0 {
		e.Errorf("an empty directory lists %v", empty)
	}
	for i := range 20 { // each is seen as soon as it is acknowledged
		e.put(e.a, e.key("r3", "grow", fmt.Sprint(i)), "v", backends.Absent)
		if n := len(e.list(e.b, e.dir("r3", "grow"))); n != i+1 {
			e.Errorf("%d records are listed after %d writes", n, i+1)
		}
	}
}

func oneRevision(e *env) {
	k, revision := e.key("r4", "k"), backends.Absent
	f := e.follow(e.b, backends.InDir(e.dir("r4")))
	for i := range 3 {
		value := fmt.Sprint(i)
		revision = e.put(e.a, k, value, revision)
		e.holds(e.b, k, value, revision)
		if listed := e.list(e.b, e.dir("r4")); len(listed) != 1 || listed[0].Revision != revision || string(listed[0].Value) != value {
			e.Errorf("List shows %+v, Write said revision %q", listed, revision)
		}
		f.until("version "+value, func() bool { return string(f.records[k].Value) == value })
		if got := f.records[k].Revision; got != revision {
			e.Errorf("the watch shows revision %q, Write said %q", got, revision)
		}
		snapshot := e.follow(e.a, backends.AtKey(k))
		if got := snapshot.records[k].Revision; got != revision {
			e.Errorf("the snapshot of a watch shows revision %q, Write said %q", got, revision)
		}
	}
}

func anyBytes(e *env) {
	limit := e.a.Capabilities().MaxValueBytes
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for name, value := range map[string][]byte{
		"empty": {}, "zero": {0}, "every": every, "spaces": []byte(" \t\r\n "), "null": []byte("null"), "no UTF-8": {0xff, 0xfe, 0xc3},
		"largest": bytes.Repeat(every, limit/256+1)[:limit],
	} {
		k := e.key("r6", name)
		revision := e.put(e.a, k, string(value), backends.Absent)
		e.holds(e.b, k, string(value), revision)
		if listed := e.list(e.b, e.dir("r6")); !slices.ContainsFunc(listed, func(r backends.Record) bool { return r.Key == k && bytes.Equal(r.Value, value) }) {
			e.Errorf("List does not show the value %q unchanged", name)
		}
		e.expect(backends.Applied, e.a, backends.Write{Key: k, Expect: revision, Delete: true})
	}
	fine, long := e.key("r6", "fine"), e.key("r6", "long")
	_, err := e.a.Write(e.ctx(), backends.Write{Key: fine, Value: []byte("v")}, backends.Write{Key: long, Value: make([]byte, limit+1)})
	e.invalid("Write of a value that is too long", err)
	e.holds(e.b, fine, "", backends.Absent)
	e.holds(e.b, long, "", backends.Absent)
}
