package plan_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/partitions/plan"
)

// The stored forms are part of the protocol: other tools read them.
func TestEncode_StoredForms(t *testing.T) {
	t.Parallel()
	for want, got := range map[string][]byte{
		`{"v":1,"name":"a","capacity":2,"state":"active","seen":{"token":"3","seq":4},"count":2,"digest":"9","busy":"r7"}`: plan.Encode(plan.MemberRecord{
			Name: "a", Capacity: 2, State: plan.Active, Seen: plan.Order{Token: 3, Sequence: 4}, Count: 2, Digest: 9, Busy: plan.SetOf(7),
		}),
		`{"v":1,"token":"3","seq":4,"wanted":"bBw","give":[{"session":"S","member":"b","set":"r5"},{"set":"r6"}],"dead":["D"]}`: plan.Encode(plan.Plan{
			Order: plan.Order{Token: 3, Sequence: 4}, Wanted: plan.SetOf(0, 1, 2), Dead: []backends.SessionID{"D"},
			Give: []plan.Gift{{Session: "S", Member: "b", Set: plan.SetOf(5)}, {Set: plan.SetOf(6)}},
		}),
		`{"v":1,"partitions":"r1","deadline":"2026-01-02T03:04:05Z","grace_ns":1000000000}`: plan.Encode(plan.Reservation{
			Partitions: plan.SetOf(1), Deadline: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Grace: time.Second,
		}),
		`{"v":1,"protocol":1,"min_protocol":1,"count":8,"pins":{"0":"a"},"drains":["b"],"paused":true}`: plan.Encode(plan.Spec{
			Protocol: 1, MinProtocol: 1, Count: 8, Pins: map[string]string{"0": "a"}, Drains: []string{"b"}, Paused: true,
		}),
	} {
		if string(got) != want {
			t.Errorf("stored as\n%s\nwant\n%s", got, want)
		}
	}
}

func TestDecode_KeepsEverything(t *testing.T) {
	t.Parallel()
	before := plan.Plan{Order: plan.Order{Token: 3, Sequence: 4}, Wanted: plan.SetOf(0, 5), Give: []plan.Gift{{Session: "S", Set: plan.SetOf(9)}}}
	after, err := plan.Decode[plan.Plan](plan.Encode(before))
	if err != nil || after.Order != before.Order || !after.Wanted.Equal(before.Wanted) || len(after.Give) != 1 || !after.Give[0].Set.Equal(plan.SetOf(9)) {
		t.Errorf("%+v, %v", after, err)
	}
	if _, err := plan.Decode[plan.Plan]([]byte(`{"v":1,"token":"1","seq":1,"later":true}`)); err != nil {
		t.Errorf("a field of a later version: %v", err)
	}
}

func TestDecode_Malformed(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"nothing":            "",
		"no format":          "{}",
		"a later format":     `{"v":2,"token":"1"}`,
		"text":               "hello",
		"token as number":    `{"v":1,"token":3}`,
		"token beyond":       `{"v":1,"token":"9223372036854775807","seq":1}`,
		"a set of nonsense":  `{"v":1,"token":"1","wanted":"q"}`,
		"more than a record": `{"v":1,"token":"1","wanted":"` + strings.Repeat(" ", 16<<20) + `"}`,
	} {
		if _, err := plan.Decode[plan.Plan]([]byte(value)); !errors.Is(err, plan.ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	rising := []plan.Order{{}, {Sequence: 1}, {Token: 1}, {Token: 1, Sequence: 7}, {Token: 2, Sequence: 1}}
	for i, a := range rising {
		for j, b := range rising {
			if a.Before(b) != (i < j) {
				t.Errorf("%+v before %+v: %v", a, b, a.Before(b))
			}
		}
	}
}

func TestRunName(t *testing.T) {
	t.Parallel()
	name := plan.RunName("abc", 12)
	if name != "abc.12" || plan.RunNumber(name) != 12 || plan.SessionOf(name) != "abc" {
		t.Errorf("%q is run %d of %q", name, plan.RunNumber(name), plan.SessionOf(name))
	}
	if plan.RunNumber("abc") != 0 || plan.RunNumber("abc.x") != 0 || plan.SessionOf("abc") != "" {
		t.Error("a name that is no run's is taken for one")
	}
}
