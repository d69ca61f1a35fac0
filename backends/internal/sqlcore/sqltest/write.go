package sqltest

import (
	"errors"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// lostReply: a write whose reply does not arrive is unknown, and sending it again tells.
func lostReply(t *testing.T, s Server) {
	p := storetest.Proxy(t, s.Addr)
	direct, store := s.open(t, "unknown"), s.Open(t, p.Addr(), "unknown")
	write := backends.Write{Key: "k", Value: []byte("v")}
	p.CutReplies()
	results, err := store.Write(storetest.Within(t, 500*time.Millisecond), write)
	if err != nil || results[0].Outcome != backends.Unknown || !errors.Is(results[0].Err, backends.ErrUnavailable) {
		t.Fatalf("a write whose reply was cut: %+v, %v, want unknown", results, err)
	}
	storetest.Until(t, 5*time.Second, "the request arrives", func() bool {
		records, err := direct.Read(t.Context(), "k")
		return err == nil && string(records[0].Value) == "v"
	})
	p.Restore()
	if r := storetest.Try(t, store, write); r.Outcome != backends.Conflict {
		t.Errorf("the same write sent again: %+v, want conflict", r)
	}
}

// foreignRows: rows that no store has written are shown as errors, and never overwritten.
func foreignRows(t *testing.T, s Server) {
	store := s.open(t, "garbage")
	for _, row := range []struct{ key, revision string }{{"d/k", ""}, {"d/k", "1"}, {"d//", "0123456789abcdef0123456789abcdef"}} {
		s.run(t, `INSERT INTO %s VALUES ('garbage', '%s', 'theirs', '%s')`, s.Records, row.key, row.revision)
		if _, err := store.List(t.Context(), "d/"); !errors.Is(err, backends.ErrForeign) {
			t.Errorf("List with the row %+v: %v, want ErrForeign", row, err)
		}
		for _, expect := range []backends.Revision{backends.Absent, backends.Revision(row.revision), "%"} {
			if row.key != "d/k" {
				break
			}
			if _, err := store.Read(t.Context(), "d/k"); !errors.Is(err, backends.ErrForeign) {
				t.Errorf("Read of the row %+v: %v, want ErrForeign", row, err)
			}
			results, err := store.Write(t.Context(), backends.Write{Key: "d/k", Expect: expect})
			if err == nil && results[0].Outcome == backends.Applied {
				t.Errorf("the row %+v was overwritten with revision %q expected", row, expect)
			}
		}
		s.run(t, `DELETE FROM %s WHERE namespace = 'garbage'`, s.Records)
	}
	s.run(t, `INSERT INTO %s VALUES ('garbage', 'x y', '', 1, 1)`, s.Sessions)
	if _, err := store.Sessions(t.Context()); !errors.Is(err, backends.ErrForeign) {
		t.Errorf("Sessions with a foreign row: %v, want ErrForeign", err)
	}
}
