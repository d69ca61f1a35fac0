package mysql_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/mysql"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver/mariadbtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestLostReply_IsUnknownAndClosedBySendingAgain(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := connect(t, server.Addr())
	migrate(t, db)
	p := storetest.Proxy(t, server.Addr())
	// One message for each statement: else only the preparation would arrive.
	far := dial(t, dsn(p.Addr())+"&interpolateParams=true")
	direct, store := open(t, db, "unknown"), open(t, far, "unknown")
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

// Batches of several clients over the same keys, in any order: nothing fails, and an item
// is unknown only if another client wrote it before it could be told from the others.
func TestWrite_OverlappingBatches(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := connect(t, server.Addr())
	migrate(t, db)
	const keys, rounds = 100, 25
	var all sync.WaitGroup
	for writer := range 6 {
		own := open(t, connect(t, server.Addr()), "overlap")
		all.Go(func() {
			for round := range rounds {
				if err := createAndReplace(t, own, round, writer%2 == 0); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if records, err := open(t, db, "overlap").List(t.Context(), "k/"); err != nil || len(records) != keys {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// createAndReplace tries to make some records and to replace all; others may be faster.
func createAndReplace(t *testing.T, store *mysql.Store, round int, backwards bool) error {
	records, err := store.List(t.Context(), "k/")
	if err != nil {
		return err
	}
	var writes []backends.Write
	for n := range 4 {
		key := backends.Key(fmt.Sprintf("k/%03d", round+25*n))
		if !slices.ContainsFunc(records, func(r backends.Record) bool { return r.Key == key }) {
			writes = append(writes, backends.Write{Key: key, IfDead: "nobody"})
		}
	}
	for _, r := range records {
		writes = append(writes, backends.Write{Key: r.Key, Value: []byte("v"), Expect: r.Revision, IfDead: "nobody"})
	}
	if backwards {
		slices.Reverse(writes)
	}
	results, err := store.Write(t.Context(), writes...)
	for _, r := range results {
		// Who was overtaken before it could look does not know.
		if r.Err != nil && !strings.Contains(r.Err.Error(), "written again before") {
			return r.Err
		}
	}
	return err
}

// A transaction that has changed more is spared; the store's statement is rolled back,
// tried again, and applied when the other one has ended.
func TestDeadlock_IsTriedAgain(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := connect(t, server.Addr())
	migrate(t, db)
	store := open(t, db, "deadlock")
	a, b := storetest.Try(t, store, backends.Write{Key: "a"}), storetest.Try(t, store, backends.Write{Key: "b"})
	tx, err := connect(t, server.Addr()).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 100 {
		if _, err := tx.ExecContext(t.Context(), `INSERT INTO tenure_records VALUES ('weight', ?, '', '')`, n); err != nil {
			t.Fatal(err)
		}
	}
	lock := func(name string) error {
		_, err := tx.ExecContext(t.Context(), `SELECT name FROM tenure_records WHERE namespace = 'deadlock' AND name = ? FOR UPDATE`, name)
		return err
	}
	if err := lock("b"); err != nil {
		t.Fatal(err)
	}
	written := make(chan []backends.Result, 1)
	go func() {
		results, err := store.Write(t.Context(), backends.Write{Key: "a", Expect: a.Revision}, backends.Write{Key: "b", Expect: b.Revision})
		if err != nil {
			t.Errorf("write: %v", err)
		}
		written <- results
	}()
	waiting(t, db, 1)
	if err := lock("a"); err != nil { // here the server looks for a circle
		t.Fatalf("the other transaction was rolled back: %v", err)
	}
	var deadlocks int
	var unused string
	if err := db.QueryRowContext(t.Context(), `SHOW GLOBAL STATUS LIKE 'innodb_deadlocks'`).Scan(&unused, &deadlocks); err != nil || deadlocks == 0 {
		t.Errorf("%d deadlocks, %v: there was none to recover from", deadlocks, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for i, r := range <-written {
		if r.Outcome != backends.Applied {
			t.Errorf("item %d: %+v, want applied", i, r)
		}
	}
}

// With innodb_snapshot_isolation, which newer versions have on, a transaction fails on a
// row that is newer than its snapshot. A statement of its own, which has waited for the
// row, sees what the other has left.
func TestNewerRow_IsSeen(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t, "--innodb-snapshot-isolation=ON")
	db := connect(t, server.Addr())
	migrate(t, db)
	store := open(t, db, "newer")
	session := storetest.OpenSession(t, store, time.Minute) // a snapshot is taken to look for it
	first := storetest.Try(t, store, backends.Write{Key: "k"})
	tx, err := connect(t, server.Addr()).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `UPDATE tenure_records SET revision = REPEAT('0', 32) WHERE namespace = 'newer'`); err != nil {
		t.Fatal(err)
	}
	if err := session.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	written := make(chan []backends.Result, 1)
	go func() {
		results, err := store.Write(t.Context(), backends.Write{Key: "k", Expect: first.Revision, IfDead: session.ID()})
		if err != nil {
			t.Errorf("write: %v", err)
		}
		written <- results
	}()
	waiting(t, db, 1)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if results := <-written; len(results) != 1 || results[0].Outcome != backends.Conflict {
		t.Errorf("a write that waited for another: %+v, want conflict", results)
	}
}

func TestWrite_BatchWithMixedResults(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := connect(t, server.Addr())
	migrate(t, db)
	store := open(t, db, "batch")
	session := storetest.OpenSession(t, store, time.Minute)
	writes := make([]backends.Write, 1200)
	want := make([]backends.Outcome, len(writes))
	for i := range writes {
		writes[i], want[i] = backends.Write{Key: backends.Key(fmt.Sprintf("k/%04d", i)), Value: []byte("v")}, backends.Applied
		switch i % 10 {
		case 1:
			writes[i].Expect, want[i] = "'; DROP TABLE tenure_records; --\x00\xff", backends.Conflict
		case 2:
			writes[i].IfDead, want[i] = session.ID(), backends.Alive
		case 3:
			writes[i].IfDead = "' OR 1 = 1; \x00\xff" // no session has that name
		}
	}
	results := writeAll(t, store, writes)
	for i, r := range results {
		if r.Outcome != want[i] {
			t.Fatalf("item %d: %v %v, want %v", i, r.Outcome, r.Err, want[i])
		}
	}
	// Now what exists and is replaced, what was deleted, and what has another revision.
	for i := range writes {
		writes[i] = backends.Write{Key: writes[i].Key, Expect: results[i].Revision, Delete: i%10 == 4, Value: []byte("w")}
		switch {
		case i%10 == 1 || i%10 == 2:
			writes[i].Expect, want[i] = results[0].Revision, backends.Conflict // is not there
		case i%10 == 5:
			writes[i].Expect, writes[i].Delete, want[i] = results[0].Revision, true, backends.Conflict
		default:
			want[i] = backends.Applied
		}
	}
	for i, r := range writeAll(t, store, writes) {
		if r.Outcome != want[i] {
			t.Fatalf("second call, item %d: %v %v, want %v", i, r.Outcome, r.Err, want[i])
		}
	}
	if records, err := store.List(t.Context(), "k/"); err != nil || len(records) != 840 {
		t.Errorf("%d records, %v, want 840", len(records), err)
	}
}

func writeAll(t *testing.T, store *mysql.Store, writes []backends.Write) []backends.Result {
	t.Helper()
	results, err := store.Write(t.Context(), writes...)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestForeignRecord_IsNeverOverwritten(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := connect(t, server.Addr())
	migrate(t, db)
	store := open(t, db, "garbage")
	for _, row := range []struct{ key, revision string }{{"d/k", ""}, {"d/k", "1"}, {"d//", "0123456789abcdef0123456789abcdef"}} {
		run(t, db, `INSERT INTO tenure_records VALUES ('garbage', ?, 'theirs', ?)`, row.key, row.revision)
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
		run(t, db, `DELETE FROM tenure_records WHERE namespace = 'garbage'`)
	}
	run(t, db, `INSERT INTO tenure_sessions VALUES ('garbage', 'x y', '', 1, 1)`)
	if _, err := store.Sessions(t.Context()); !errors.Is(err, backends.ErrForeign) {
		t.Errorf("Sessions with a foreign row: %v, want ErrForeign", err)
	}
}
