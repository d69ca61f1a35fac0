package mysql_test

import (
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
	shared(db, server.Addr()).Await(t, 1)
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
	shared(db, server.Addr()).Await(t, 1)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if results := <-written; len(results) != 1 || results[0].Outcome != backends.Conflict {
		t.Errorf("a write that waited for another: %+v, want conflict", results)
	}
}
