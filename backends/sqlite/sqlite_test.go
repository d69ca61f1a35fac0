package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/sqlite"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func run(t testing.TB, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
}

// Another connection holds the write lock: readers go on, writers wait for as long as
// their context allows, are surely not applied then, and go on when the lock is free.
func TestBusy_EndsWithTheContext(t *testing.T) {
	t.Parallel()
	path := file(t)
	store := open(t, connect(t, path), "busy")
	session := storetest.OpenSession(t, store, time.Minute)
	holder, err := connect(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	const limit = 200 * time.Millisecond
	for name, err := range storetest.EveryWrite(storetest.Within(t, limit), store, session) {
		if !errors.Is(err, backends.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, want ErrUnavailable and the end of the context", name, err)
		}
	}
	if took := time.Since(begun); took < limit || took > limit+time.Second {
		t.Errorf("calls with a context of %v took %v", limit, took)
	}
	if _, err := store.List(t.Context(), "d/"); err != nil {
		t.Errorf("List while another writes: %v", err)
	}
	written := make(chan backends.Result, 1)
	go func() {
		results, err := store.Write(t.Context(), backends.Write{Key: "d/k"})
		if err != nil {
			results = []backends.Result{{Err: err}}
		}
		written <- results[0]
	}()
	select {
	case r := <-written:
		t.Fatalf("written under another's lock: %+v", r)
	case <-time.After(100 * time.Millisecond):
	}
	if _, err := holder.ExecContext(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if r := <-written; r.Outcome != backends.Applied {
		t.Errorf("the waiting write: %+v", r)
	}
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	path := file(t)
	rollback := dial(t, sqlite.DSN(filepath.Join(t.TempDir(), "rollback")))
	bare := dial(t, sqlite.DSN(filepath.Join(t.TempDir(), "bare")))
	run(t, bare, `PRAGMA journal_mode = WAL`)
	newer := dial(t, sqlite.DSN(file(t)))
	run(t, newer, `UPDATE tenure_schema SET version = 2`)
	noise := filepath.Join(t.TempDir(), "noise")
	if err := os.WriteFile(noise, []byte(strings.Repeat("no database", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		db        *sql.DB
		namespace string
		kind      error
		text      string
	}{
		"no database":    {nil, "n", backends.ErrInvalid, "nil"},
		"no namespace":   {connect(t, path), "", backends.ErrInvalid, "namespace"},
		"long namespace": {connect(t, path), strings.Repeat("%", 100), backends.ErrInvalid, "256"},
		"waits itself":   {dial(t, "file:"+filepath.Join(t.TempDir(), "x")+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)"), "n", backends.ErrInvalid, "sqlite.DSN"},
		"lazy commits":   {dial(t, "file:"+filepath.Join(t.TempDir(), "x")+"?_pragma=synchronous(NORMAL)&_pragma=journal_mode(WAL)"), "n", backends.ErrInvalid, "sqlite.DSN"},
		"in memory":      {dial(t, "file::memory:"), "n", backends.ErrInvalid, "wal"},
		"rollback":       {rollback, "n", backends.ErrInvalid, "sqlite.Migrate"},
		"no tables":      {bare, "n", backends.ErrUnsupported, "sqlite.Migrate"},
		"newer tables":   {newer, "n", backends.ErrUnsupported, "version 2"},
		"no folder":      {dial(t, sqlite.DSN(filepath.Join(t.TempDir(), "none", "x"))), "n", backends.ErrDenied, "folder"},
		"no SQLite":      {dial(t, sqlite.DSN(noise)), "n", backends.ErrForeign, "not a SQLite"},
	} {
		_, err := sqlite.New(t.Context(), c.db, c.namespace)
		storetest.Refused(t, map[string]error{name: err}, c.kind, c.text)
	}
	storetest.Refused(t, map[string]error{"Migrate": sqlite.Migrate(t.Context(), dial(t, "file::memory:"))}, backends.ErrInvalid, "file")
	storetest.Refused(t, map[string]error{"Migrate": sqlite.Migrate(t.Context(), newer)}, backends.ErrUnsupported, "version 2")
}

func TestWrites_AreDeniedOnAReadOnlyFile(t *testing.T) {
	t.Parallel()
	path := file(t)
	session := storetest.OpenSession(t, open(t, connect(t, path), "n"), time.Minute)
	readOnly := open(t, dial(t, sqlite.DSN(path)+"&mode=ro"), "n")
	if infos, err := readOnly.Sessions(t.Context()); err != nil || len(infos) != 1 || infos[0].ID != session.ID() {
		t.Errorf("Sessions: %v, %v", infos, err)
	}
	mine, _, err := readOnly.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Minute})
	storetest.Refused(t, map[string]error{"OpenSession": err}, backends.ErrDenied, "cannot be written")
	results, err := readOnly.Write(t.Context(), backends.Write{Key: "k"})
	storetest.Refused(t, map[string]error{"Write": err}, backends.ErrDenied, "cannot be written")
	if mine != nil || results != nil {
		t.Errorf("got %v and %v", mine, results)
	}
}

func TestTablesDropped(t *testing.T) {
	t.Parallel()
	db := connect(t, file(t))
	store := open(t, db, "n")
	session := storetest.OpenSession(t, store, time.Minute)
	run(t, db, `DROP TABLE tenure_sessions; DROP TABLE tenure_records`)
	storetest.Refused(t, storetest.EveryCall(t.Context(), store, session), backends.ErrUnsupported, "call sqlite.Migrate")
}

func TestForeignRows(t *testing.T) {
	t.Parallel()
	db := connect(t, file(t))
	store := open(t, db, "n")
	run(t, db, `INSERT INTO tenure_records VALUES ('n', 'd/k', x'00', 'theirs')`)
	_, read := store.Read(t.Context(), "d/k")
	_, list := store.List(t.Context(), "d/")
	storetest.Refused(t, map[string]error{"Read": read, "List": list}, backends.ErrForeign, "theirs")
	for _, expect := range []backends.Revision{backends.Absent, "theirs"} {
		if r := storetest.Try(t, store, backends.Write{Key: "d/k", Expect: expect}); r.Outcome != backends.Conflict {
			t.Errorf("write with %q expected: %+v, want conflict", expect, r)
		}
	}
	run(t, db, `INSERT INTO tenure_sessions VALUES ('n', 'a b', x'', 1, 1)`)
	_, err := store.Sessions(t.Context())
	storetest.Refused(t, map[string]error{"Sessions": err}, backends.ErrForeign, "a b")
	if _, err := db.ExecContext(t.Context(), `INSERT INTO tenure_records VALUES ('n', 'd/2', 'text', 'r')`); err == nil {
		t.Error("a value that is no blob was stored")
	}
}

func TestHostileNames(t *testing.T) {
	t.Parallel()
	db := connect(t, file(t))
	for _, namespace := range []string{"'; DROP TABLE tenure_records; --", "\x00", "\xff\xfe", "%", "ns", "NS", "é", "e\u0301"} {
		store := open(t, db, namespace)
		if records, err := store.List(t.Context(), "d/"); err != nil || len(records) != 0 {
			t.Errorf("namespace %q begins with %v, %v", namespace, records, err)
		}
		w := backends.Write{Key: "d/k", Value: []byte(namespace), IfDead: "' OR true --\x00\xff"}
		if r := storetest.Try(t, store, w); r.Outcome != backends.Applied {
			t.Errorf("namespace %q: %+v", namespace, r)
		}
		w.Expect = "' OR true --\x00\xff"
		if r := storetest.Try(t, store, w); r.Outcome != backends.Conflict {
			t.Errorf("namespace %q, hostile revision: %+v", namespace, r)
		}
		if records, err := store.Read(t.Context(), "d/k"); err != nil || string(records[0].Value) != namespace {
			t.Errorf("namespace %q: %v, %v", namespace, records, err)
		}
	}
}

// The clock steps: what was proven dead stays so, and what is left is never shown as
// more than the TTL.
func TestClockSteps(t *testing.T) {
	t.Parallel()
	db := connect(t, file(t))
	store := open(t, db, "n")
	gone, far := storetest.OpenSession(t, store, time.Minute), storetest.OpenSession(t, store, time.Minute)
	run(t, db, `UPDATE tenure_sessions SET expires = 0 WHERE id = ?`, string(gone.ID()))
	run(t, db, `UPDATE tenure_sessions SET expires = expires * 2 WHERE id = ?`, string(far.ID()))
	if r := storetest.Try(t, store, backends.Write{Key: "k", IfDead: gone.ID()}); r.Outcome != backends.Applied {
		t.Fatalf("proof: %+v", r)
	}
	_, err := gone.Renew(t.Context())
	storetest.Refused(t, map[string]error{"Renew": err}, backends.ErrSessionLost, "gone")
	infos, err := store.Sessions(t.Context())
	if err != nil || len(infos) != 1 || infos[0].Left != time.Minute {
		t.Errorf("Sessions: %+v, %v; want a minute left", infos, err)
	}
}
