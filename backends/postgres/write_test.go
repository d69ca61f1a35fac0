package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/postgres"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver/postgrestest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestLostReply_IsUnknownAndClosedBySendingAgain(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{})
	pool := connect(t, server.Addr())
	migrate(t, pool)
	p := storetest.Proxy(t, server.Addr())
	direct, store := open(t, pool, "unknown"), open(t, connect(t, p.Addr()), "unknown")
	write := backends.Write{Key: "k", Value: []byte("v")}
	p.CutReplies()
	results, err := store.Write(storetest.Within(t, 500*time.Millisecond), write)
	if err != nil || results[0].Outcome != backends.Unknown || !errors.Is(results[0].Err, backends.ErrUnavailable) {
		t.Fatalf("a write whose reply was cut: %+v, %v, want unknown", results, err)
	}
	if records, err := direct.Read(t.Context(), "k"); err != nil || string(records[0].Value) != "v" {
		t.Fatalf("the server has %+v, %v: the request should have arrived", records, err)
	}
	p.Restore()
	if r := storetest.Try(t, store, write); r.Outcome != backends.Conflict {
		t.Errorf("the same write sent again: %+v, want conflict", r)
	}
}

// Batches over the same keys must not wait for each other in a circle: the server would
// end one of them after a second. Two plans take the rows in two orders: that of the
// items, and that of the table, which is the other way round here.
func TestWrite_OverlappingBatches(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{})
	pool := connect(t, server.Addr())
	migrate(t, pool)
	store := open(t, pool, "overlap")
	const keys, rounds = 100, 40
	for n := range keys {
		if r := storetest.Try(t, store, backends.Write{Key: backends.Key(fmt.Sprintf("k/%03d", keys-n))}); r.Outcome != backends.Applied {
			t.Fatalf("create: %+v", r)
		}
	}
	dsn := "postgres://postgres@" + server.Addr() + "/postgres?sslmode=disable&"
	byItem := dial(t, dsn+"enable_hashjoin=off&enable_mergejoin=off")
	byTable := dial(t, dsn+"enable_nestloop=off&enable_mergejoin=off&enable_indexscan=off&enable_bitmapscan=off")
	var all sync.WaitGroup
	for writer := range 6 {
		own := open(t, []*pgxpool.Pool{byItem, byTable}[writer%2], "overlap")
		all.Go(func() {
			for range rounds {
				if err := replaceAll(t, own); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if records, err := store.List(t.Context(), "k/"); err != nil || len(records) != keys {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// replaceAll tries to replace every record; others may be faster.
func replaceAll(t *testing.T, store *postgres.Store) error {
	records, err := store.List(t.Context(), "k/")
	if err != nil {
		return err
	}
	writes := make([]backends.Write, len(records))
	for i, r := range records {
		writes[i] = backends.Write{Key: r.Key, Value: []byte("v"), Expect: r.Revision}
	}
	results, err := store.Write(t.Context(), writes...)
	for _, r := range results {
		if r.Err != nil {
			return r.Err
		}
	}
	return err
}

func TestWrite_BatchWithMixedResults(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{})
	pool := connect(t, server.Addr())
	migrate(t, pool)
	store := open(t, pool, "batch")
	session := storetest.OpenSession(t, store, time.Minute)
	writes := make([]backends.Write, 1200)
	want := make([]backends.Outcome, len(writes))
	for i := range writes {
		writes[i], want[i] = backends.Write{Key: backends.Key(fmt.Sprintf("k/%04d", i)), Value: []byte("v")}, backends.Applied
		switch i % 10 {
		case 1:
			writes[i].Expect, want[i] = "'; DROP TABLE tenure.records; --\x00\xff", backends.Conflict
		case 2:
			writes[i].IfDead, want[i] = session.ID(), backends.Alive
		case 3:
			writes[i].IfDead = "' OR true; \x00\xff" // no session has that name
		}
	}
	results, err := store.Write(t.Context(), writes...)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if r.Outcome != want[i] {
			t.Fatalf("item %d: %v %v, want %v", i, r.Outcome, r.Err, want[i])
		}
	}
	if records, err := store.List(t.Context(), "k/"); err != nil || len(records) != 960 {
		t.Errorf("%d records, %v, want 960", len(records), err)
	}
}

func TestForeignRecord_IsNeverOverwritten(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{})
	pool := connect(t, server.Addr())
	migrate(t, pool)
	store := open(t, pool, "garbage")
	for _, row := range []struct{ key, revision string }{{"d/k", ""}, {"d/k", "1"}, {"d//", "0123456789abcdef0123456789abcdef"}} {
		if _, err := pool.Exec(t.Context(), `INSERT INTO tenure.records VALUES ('garbage', $1, 'theirs', $2)`, row.key, row.revision); err != nil {
			t.Fatal(err)
		}
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
		if _, err := pool.Exec(t.Context(), `DELETE FROM tenure.records WHERE namespace = 'garbage'`); err != nil {
			t.Fatal(err)
		}
	}
}
