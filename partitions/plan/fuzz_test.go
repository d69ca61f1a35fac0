package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions/plan"
)

// FuzzDecode reads any bytes as each kind of record of a group.
func FuzzDecode(f *testing.F) {
	for _, value := range records() {
		f.Add(value)
	}
	f.Add([]byte(`{"v":2}`))
	f.Add([]byte(`{"v":1,"token":"4611686018427387904"}`))
	f.Add([]byte(`{"v":1,"wanted":"r0-99999999999999999999","give":[{}]}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		stable[plan.MemberRecord](t, value)
		stable[plan.Plan](t, value)
		stable[plan.Reservation](t, value)
		stable[plan.Spec](t, value)
	})
}

// records is one of each kind, in its stored form.
func records() [][]byte {
	return [][]byte{
		plan.Encode(plan.MemberRecord{Name: "a", Capacity: 2, State: plan.Active, Seen: plan.Order{Token: 3, Sequence: 4}, Stuck: plan.SetOf(1, 2)}),
		plan.Encode(plan.Plan{Order: plan.Order{Token: 3, Sequence: 5}, Wanted: plan.SetOf(0, 1, 7), Dead: []backends.SessionID{"X"},
			Give: []plan.Gift{{Session: "B", Member: "b", Set: plan.SetOf(3)}}}),
		plan.Encode(plan.Reservation{Partitions: plan.SetOf(2, 3), Grace: 5}),
		plan.Encode(plan.Spec{Protocol: 1, MinProtocol: 1, Count: 8, Retired: plan.SetOf(6), Drains: []string{"a"},
			Pins: map[string]string{"1": "b"}, Excludes: map[string][]string{"b": {"2", "nothing"}}}),
	}
}

// stable expects a record to be refused, or to be of the one version that is
// understood and written the same way each time.
func stable[R plan.MemberRecord | plan.Plan | plan.Reservation | plan.Spec](t *testing.T, value []byte) {
	t.Helper()
	r, err := plan.Decode[R](value)
	if err != nil {
		if !errors.Is(err, plan.ErrMalformed) {
			t.Fatalf("%T %q: %v is no ErrMalformed", r, value, err)
		}
		return
	}
	var header struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(value, &header); err != nil || header.V != 1 {
		t.Fatalf("%T %q of version %d was read, %v", r, value, header.V, err)
	}
	written := plan.Encode(r)
	again, err := plan.Decode[R](written)
	if err != nil || !bytes.Equal(plan.Encode(again), written) {
		t.Fatalf("%T %q was written as %q, and read as %+v, %v", r, value, written, again, err)
	}
}

// FuzzMake plans for a group in whose records anything can stand: it never
// panics, gives each partition to a live member at most, and plans the same
// when asked again. A byte of claims is a claim: its holder, or what is wrong
// with it.
func FuzzMake(f *testing.F) {
	r := records()
	f.Add(r[3], r[0], r[1], r[2], []byte("AABBX.0?"))
	f.Add(r[3], []byte(`{"v":1,"name":"a","state":"gone","capacity":-5,"cap":-1,"refused":"r0-1048575"}`), r[1], r[2], []byte("aaaaaaaaaaaa"))
	f.Add([]byte(`{"v":1,"protocol":1,"names":["x","","x/y"],"paused":true,"pins":{"x":"a","y":"a"}}`), r[0], r[1], r[2], []byte("ABX"))
	f.Fuzz(func(t *testing.T, spec, member, planned, reserved, claims []byte) {
		v, ok := viewOf(spec, member, planned, reserved, claims)
		if !ok {
			return
		}
		first, err := plan.Make(v)
		if err != nil {
			t.Fatalf("a spec that was checked is not planned: %v", err)
		}
		for p, m := range first.Target {
			if m >= 0 && !v.Alive[v.Members[m].Session] {
				t.Fatalf("partition %d goes to %s, who is dead", p, v.Members[m].Name)
			}
		}
		for _, m := range v.Members {
			for p := range first.Plans[m.Run].Wanted.All {
				if p >= len(first.Target) || first.Target[p] < 0 || v.Members[first.Target[p]].Run != m.Run {
					t.Fatalf("%s is to want %d, which is not meant for it", m.Run, p)
				}
			}
		}
		second, err := plan.Make(v)
		if err != nil {
			t.Fatal(err)
		}
		for run, p := range first.Plans {
			if !bytes.Equal(plan.Encode(p), plan.Encode(second.Plans[run])) {
				t.Fatalf("%s is planned differently the second time", run)
			}
		}
	})
}

// viewOf makes a group of the members a, as decoded, and b out of records that
// could stand in a store. Large groups are left out, to keep the pace.
func viewOf(spec, member, planned, reserved, claims []byte) (plan.View, bool) {
	v := group("", "a", "b")
	var err error
	if v.Spec, err = plan.Decode[plan.Spec](spec); err != nil || v.Spec.Check() != nil || v.Spec.Len() > 4096 {
		return v, false
	}
	if m, err := plan.Decode[plan.MemberRecord](member); err == nil {
		v.Members[0].MemberRecord = m
	}
	if p, err := plan.Decode[plan.Plan](planned); err == nil {
		v.Members[0].Plan = &p
	}
	if r, err := plan.Decode[plan.Reservation](reserved); err == nil {
		v.Reserved = []plan.Kept{{Name: "c", Partitions: r.Partitions}}
	}
	for i, b := range claims {
		seen := claim.Seen{Record: claim.Record{Session: backends.SessionID(rune(b)), Token: claim.Token(i)}, Revision: "r"}
		switch b {
		case '.':
			seen = claim.Seen{}
		case '0':
			seen.Session = ""
		case '?':
			seen = claim.Seen{Revision: "r", Garbage: true}
		}
		v.Claims = append(v.Claims, seen)
	}
	return v, true
}
