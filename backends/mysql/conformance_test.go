package mysql_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/mysql"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver/mariadbtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

func TestConformance(t *testing.T) {
	server := mariadbtest.Start(t)
	operator := connect(t, server.Addr())
	migrate(t, operator)
	conform(t, operator, "mysql", version(t, operator), server.Addr(), "")
}

// Settings that a caller may have, and that change how statements are sent, what is
// counted, and what is locked.
func TestConformance_WithOtherSettings(t *testing.T) {
	server := mariadbtest.Start(t, "--sql-mode=ANSI,NO_BACKSLASH_ESCAPES", "--character-set-server=utf16", "--default-time-zone=+05:30", "--log-bin=log", "--sync-binlog=1")
	operator := connect(t, server.Addr())
	migrate(t, operator)
	settings := "&interpolateParams=true&clientFoundRows=true&parseTime=true&loc=Asia%2FTokyo&charset=latin1&multiStatements=true&rejectReadOnly=true&tx_isolation=%27READ-COMMITTED%27"
	conform(t, operator, "mysql", version(t, operator)+" other settings", server.Addr(), settings)
}

// conform runs the suite against the server, reached at an address.
func conform(t *testing.T, operator *sql.DB, name, version, addr, settings string) {
	faulty := func(t backendtest.TB, namespace string) (backends.Backend, *tcpproxy.Proxy) {
		p := storetest.Proxy(t, addr)
		return open(t, dial(t, dsn(p.Addr())+settings), namespace), p
	}
	backendtest.Run(t, backendtest.Harness{
		Name:    name,
		Version: version,
		TTL:     2 * time.Second, // a watch looks every second: it is to see a session before it expires
		Open: func(t backendtest.TB, namespace string) backends.Backend {
			return open(t, dial(t, dsn(addr)+settings), namespace)
		},
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			result, err := operator.ExecContext(t.Context(), `DELETE FROM tenure_sessions WHERE namespace = ? AND id = ?`, namespace, string(id))
			if err != nil {
				t.Fatalf("delete the row of session %q: %v", id, err)
			}
			if n, _ := result.RowsAffected(); n != 1 {
				t.Fatalf("deleted %d rows of session %q", n, id)
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

func version(t *testing.T, db *sql.DB) (version string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), `SELECT CONCAT('MariaDB ', SUBSTRING_INDEX(VERSION(), '-', 1))`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

func migrate(t testing.TB, db *sql.DB) {
	t.Helper()
	if err := mysql.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}

func dsn(addr string) string {
	return fmt.Sprintf("%s@tcp(%s)/%s?tls=false", mariadbserver.User, addr, mariadbserver.Database)
}

func connect(t backendtest.TB, addr string) *sql.DB {
	t.Helper()
	return dial(t, dsn(addr))
}

func dial(t backendtest.TB, dsn string) *sql.DB {
	t.Helper()
	config, err := driver.ParseDSN(dsn)
	if err != nil {
		t.Fatalf("parse %q: %v", dsn, err)
	}
	config.Logger = &driver.NopLogger{} // broken connections are what is tested
	connector, err := driver.NewConnector(config)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return db
}

func open(t backendtest.TB, db *sql.DB, namespace string) *mysql.Store {
	t.Helper()
	store, err := mysql.New(t.Context(), db, namespace)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return store
}
