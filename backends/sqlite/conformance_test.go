package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/sqlite"
)

func TestConformance(t *testing.T) {
	if testing.Short() {
		t.Skipf("-short runs no store in real time")
	}
	path := file(t)
	// The operator waits for the lock: an error here would be none of the store's.
	operator := dial(t, strings.Replace(sqlite.DSN(path), "busy_timeout(0)", "busy_timeout(10000)", 1))
	var version string
	if err := operator.QueryRowContext(t.Context(), `SELECT sqlite_version()`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	// Cut and Hold are missing: there is no connection to lose. TestBusy_EndsWithTheContext
	// holds the lock instead.
	backendtest.Run(t, backendtest.Harness{
		Name:    "sqlite",
		Version: version,
		TTL:     4 * time.Second, // sixteen clauses write one file, and nobody keeps a queue
		Open: func(t backendtest.TB, namespace string) backends.Backend {
			return open(t, connect(t, path), namespace)
		},
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			_, err := operator.ExecContext(t.Context(), `DELETE FROM tenure_sessions WHERE namespace = ? AND id = ?`, namespace, string(id))
			if err != nil {
				t.Fatalf("delete the row of session %q: %v", id, err)
			}
		},
	})
}

// file returns the path of a migrated database.
func file(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tenure ?#%.db")
	if err := sqlite.Migrate(t.Context(), connect(t, path)); err != nil {
		t.Fatal(err)
	}
	return path
}

func connect(t backendtest.TB, path string) *sql.DB {
	t.Helper()
	return dial(t, sqlite.DSN(path))
}

func dial(t backendtest.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(sqlite.DriverName, dsn)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func open(t backendtest.TB, db *sql.DB, namespace string) *sqlite.Store {
	t.Helper()
	store, err := sqlite.New(t.Context(), db, namespace)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return store
}
