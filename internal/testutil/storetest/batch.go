package storetest

import (
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
)

// MixedBatch writes n items at once, 70 % of them with success, and demands the outcome
// that each must have; n is a multiple of 10. No record may have the other revisions. It
// returns how many different revisions the records have that were written.
func MixedBatch(t backendtest.TB, store backends.Backend, n int, ttl time.Duration, others ...backends.Revision) int {
	t.Helper()
	session := OpenSession(t, store, ttl)
	writes, want := make([]backends.Write, n), make([]backends.Outcome, n)
	for i := range writes {
		writes[i], want[i] = backends.Write{Key: backends.Key(fmt.Sprintf("k/%04d", i)), Value: []byte("v")}, backends.Applied
		other := others[i/10%len(others)]
		switch i % 10 {
		case 1:
			writes[i].Expect, want[i] = other, backends.Conflict
		case 2:
			writes[i].IfDead, want[i] = session.ID(), backends.Alive
		case 3:
			writes[i].IfDead = backends.NewSessionID()
		case 4:
			writes[i].Expect, writes[i].Delete, want[i] = other, true, backends.Conflict
		}
	}
	revisions := map[backends.Key]backends.Revision{}
	for i, r := range Write(t, store, writes...) {
		if r.Outcome != want[i] {
			t.Fatalf("item %d: %v %v, want %v", i, r.Outcome, r.Err, want[i])
		}
		if r.Outcome == backends.Applied {
			revisions[writes[i].Key] = r.Revision
		}
	}
	if err := session.Close(t.Context()); err != nil {
		t.Fatalf("close: %v", err)
	}
	revisions[writes[2].Key] = Put(t, store, writes[2])
	records, err := store.List(t.Context(), "k/")
	if err != nil || len(records) != n*7/10+1 {
		t.Errorf("listed %d records, %v; want %d", len(records), err, n*7/10+1)
	}
	different := map[backends.Revision]bool{}
	for _, r := range records {
		different[r.Revision] = true
		if r.Revision != revisions[r.Key] {
			t.Errorf("%s is listed with the revision %q, and was written with %q", r.Key, r.Revision, revisions[r.Key])
		}
	}
	return len(different)
}
