package sqltest

import (
	"fmt"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// mixedBatch: each item of a large batch has its own outcome, also with hostile names.
func mixedBatch(t *testing.T, s Server) {
	store := s.open(t, "batch")
	session := storetest.OpenSession(t, store, time.Minute)
	writes := make([]backends.Write, 1200)
	want := make([]backends.Outcome, len(writes))
	for i := range writes {
		writes[i], want[i] = backends.Write{Key: backends.Key(fmt.Sprintf("k/%04d", i)), Value: []byte("v")}, backends.Applied
		switch i % 10 {
		case 1:
			writes[i].Expect, want[i] = backends.Revision("'; DROP TABLE "+s.Records+"; --\x00\xff"), backends.Conflict
		case 2:
			writes[i].IfDead, want[i] = session.ID(), backends.Alive
		case 3:
			writes[i].IfDead = "' OR 1 = 1; \x00\xff" // no session has that name
		}
	}
	results := storetest.Write(t, store, writes...)
	for i, r := range results {
		if r.Outcome != want[i] {
			t.Fatalf("item %d: %v %v, want %v", i, r.Outcome, r.Err, want[i])
		}
	}
	if records, err := store.List(t.Context(), "k/"); err != nil || len(records) != 960 {
		t.Errorf("%d records, %v, want 960", len(records), err)
	}
	// Now what exists and is replaced, what was deleted, and what has another revision.
	for i := range writes {
		writes[i] = backends.Write{Key: writes[i].Key, Expect: results[i].Revision, Delete: i%10 == 4, Value: []byte("w")}
		switch {
		case i%10 == 1 || i%10 == 2:
			writes[i].Expect, want[i] = results[0].Revision, backends.Conflict // is not there
		case i%10 == 5 || i%10 == 6:
			writes[i].Expect, writes[i].Delete, want[i] = results[0].Revision, i%10 == 5, backends.Conflict
		default:
			want[i] = backends.Applied
		}
	}
	for i, r := range storetest.Write(t, store, writes...) {
		if r.Outcome != want[i] {
			t.Fatalf("second call, item %d: %v %v, want %v", i, r.Outcome, r.Err, want[i])
		}
	}
	if records, err := store.List(t.Context(), "k/"); err != nil || len(records) != 840 {
		t.Errorf("%d records, %v, want 840", len(records), err)
	}
}
