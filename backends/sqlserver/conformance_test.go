package sqlserver_test

import (
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/sqlserver"
	"github.com/tenure-go/tenure/internal/testutil"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

// urlEnv names a database that the test may use, as
// "sqlserver://user:password@host:1433?database=scratch". The user must be allowed to
// create a schema and tables.
const urlEnv = "TENURE_TEST_SQLSERVER_URL"

func TestConformance(t *testing.T) {
	address := os.Getenv(urlEnv)
	if address == "" {
		testutil.Missing(t, "sqlserver", "nothing can be started here: set "+urlEnv+" to a database that the test may use")
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("%s is not a URL", urlEnv) // the error would show the password
	}
	schema := fmt.Sprint("tenure_test_", time.Now().UnixNano())
	operator := dial(t, u, u.Host)
	if err := sqlserver.Migrate(t.Context(), operator, schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { drop(t, u, schema) })
	var version string
	if err := operator.QueryRowContext(t.Context(), `SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(64))`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	faulty := func(t backendtest.TB, namespace string) (backends.Backend, *tcpproxy.Proxy) {
		p := proxy(t, u.Host)
		return open(t, dial(t, u, p.Addr()), schema, namespace), p
	}
	backendtest.Run(t, backendtest.Harness{
		Name:    "sqlserver",
		Version: version,
		TTL:     2 * time.Second, // a watch looks every second: it is to see a session before it expires
		Open: func(t backendtest.TB, namespace string) backends.Backend {
			return open(t, dial(t, u, u.Host), schema, namespace)
		},
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			_, err := operator.ExecContext(t.Context(), `DELETE FROM [`+schema+`].sessions WHERE namespace = @p1 AND id = @p2`, namespace, string(id))
			if err != nil {
				t.Fatalf("delete the row of session %q: %v", id, err)
			}
		},
		Cut: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			b, p := faulty(t, namespace)
			return b, p.Cut
		},
		Hold: func(t backendtest.TB, namespace string) (backends.Backend, func()) {
			b, p := faulty(t, namespace)
			return b, p.CutReplies
		},
	})
}

// drop removes what the test has made. The test's own context is done by then.
func drop(t *testing.T, u *url.URL, schema string) {
	db, err := sql.Open("sqlserver", u.String())
	if err != nil {
		t.Errorf("drop the schema: %v", err)
		return
	}
	defer func() { _ = db.Close() }()
	text := fmt.Sprintf(`DROP TABLE [%[1]s].records, [%[1]s].sessions, [%[1]s].version; DROP SCHEMA [%[1]s];`, schema)
	if _, err := db.Exec(text); err != nil {
		t.Errorf("drop the schema: %v", err)
	}
}

// proxy stands before the server, at its port or SQL Server's usual one.
func proxy(t backendtest.TB, host string) *tcpproxy.Proxy {
	t.Helper()
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(host, "1433")
	}
	return storetest.Proxy(t, host)
}

func dial(t backendtest.TB, u *url.URL, host string) *sql.DB {
	t.Helper()
	there := *u
	there.Host = host
	db, err := sql.Open("sqlserver", there.String())
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func open(t backendtest.TB, db *sql.DB, schema, namespace string) *sqlserver.Store {
	t.Helper()
	store, err := sqlserver.New(t.Context(), db, sqlserver.Options{Namespace: namespace, Schema: schema})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return store
}
