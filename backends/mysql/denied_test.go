package mysql_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/mysql"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver/mariadbtest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// grants is what the package documentation shows.
var grants = []string{
	`GRANT SELECT ON tenure.tenure_schema TO app`,
	`GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.tenure_sessions TO app`,
	`GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.tenure_records TO app`,
}

func run(t testing.TB, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
}

func login(t testing.TB, s *mariadbserver.Server, user, password string) *sql.DB {
	t.Helper()
	return dial(t, fmt.Sprintf("%s:%s@tcp(%s)/%s?tls=false", user, password, s.Addr(), mariadbserver.Database))
}

func TestDenied(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t, "--skip-name-resolve")
	root := connect(t, server.Addr())
	ctx := t.Context()
	run(t, root, `CREATE USER app IDENTIFIED BY 'app-secret'`)
	run(t, root, `GRANT USAGE ON *.* TO app`)
	app := login(t, server, "app", "app-secret")

	_, err := mysql.New(ctx, app, "n")
	storetest.Refused(t, map[string]error{"no right to the database": err}, backends.ErrDenied, "grants")
	storetest.Refused(t, map[string]error{"Migrate without the right": mysql.Migrate(ctx, app)}, backends.ErrDenied, "grants")
	_, err = mysql.New(ctx, root, "n")
	storetest.Refused(t, map[string]error{"no tables": err}, backends.ErrUnsupported, "call mysql.Migrate")
	migrate(t, root)
	_, err = mysql.New(ctx, login(t, server, "app", "wrong-secret"), "n")
	storetest.Refused(t, map[string]error{"wrong password": err}, backends.ErrDenied, "password")
	_, err = mysql.New(ctx, app, "n")
	storetest.Refused(t, map[string]error{"no grants": err}, backends.ErrDenied, "grants")

	for _, grant := range grants {
		run(t, root, grant)
	}
	store := open(t, app, "n")
	session := storetest.OpenSession(t, store, time.Minute)
	for name, err := range storetest.EveryCall(ctx, store, session) {
		if err != nil {
			t.Errorf("%s with the documented grants: %v", name, err)
		}
	}
	session = storetest.OpenSession(t, store, time.Minute)
	run(t, root, `REVOKE SELECT, INSERT, UPDATE, DELETE ON tenure.tenure_sessions FROM app`)
	run(t, root, `REVOKE SELECT, INSERT, UPDATE, DELETE ON tenure.tenure_records FROM app`)
	storetest.Refused(t, storetest.EveryCall(ctx, store, session), backends.ErrDenied, "grants")
	for _, grant := range grants {
		run(t, root, grant)
	}
	run(t, root, `DROP TABLE tenure_sessions, tenure_records`)
	storetest.Refused(t, storetest.EveryCall(ctx, store, session), backends.ErrUnsupported, "call mysql.Migrate")

	run(t, root, `ALTER USER app IDENTIFIED BY 'other-secret'`)
	app.SetMaxIdleConns(-1) // ends the old connections
	_, err = store.Sessions(ctx)
	storetest.Refused(t, map[string]error{"password changed": err}, backends.ErrDenied, "password")
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	db := connect(t, server.Addr())
	migrate(t, db)
	run(t, db, `CREATE DATABASE bare`)
	run(t, db, `CREATE DATABASE newer`)
	newer := strings.Replace(dsn(server.Addr()), "/tenure", "/newer", 1)
	migrate(t, dial(t, newer))
	run(t, dial(t, newer), `UPDATE tenure_schema SET version = 2`)
	with := func(setting string) *sql.DB { return dial(t, dsn(server.Addr())+"&"+setting) }
	for name, c := range map[string]struct {
		db        *sql.DB
		namespace string
		kind      error
		text      string
	}{
		"no database":         {nil, "n", backends.ErrInvalid, "nil"},
		"no namespace":        {db, "", backends.ErrInvalid, "namespace"},
		"long namespace":      {db, strings.Repeat("%", 100), backends.ErrInvalid, "256"},
		"no tables":           {dial(t, strings.Replace(dsn(server.Addr()), "/tenure", "/bare", 1)), "n", backends.ErrUnsupported, "call mysql.Migrate"},
		"newer tables":        {dial(t, newer), "n", backends.ErrUnsupported, "version 2"},
		"unknown database":    {dial(t, strings.Replace(dsn(server.Addr()), "/tenure", "/none", 1)), "n", backends.ErrInvalid, "database does not exist"},
		"no database is used": {dial(t, strings.Replace(dsn(server.Addr()), "/tenure", "/", 1)), "n", backends.ErrInvalid, "name a database"},
		"no commits":          {with("autocommit=0"), "n", backends.ErrInvalid, "autocommit"},
		"dirty reads":         {with("tx_isolation=" + url.QueryEscape("'READ-UNCOMMITTED'")), "n", backends.ErrInvalid, "READ UNCOMMITTED"},
		"a clock that stands": {with("timestamp=1000"), "n", backends.ErrInvalid, "clock"},
		"read-only session":   {with("tx_read_only=1"), "n", backends.ErrUnsupported, "primary"},
		"nobody listens":      {connect(t, "127.0.0.1:1"), "n", backends.ErrUnavailable, "refused"},
	} {
		_, err := mysql.New(t.Context(), c.db, c.namespace)
		storetest.Refused(t, map[string]error{name: err}, c.kind, c.text)
	}
	storetest.Refused(t, map[string]error{"Migrate without a database": mysql.Migrate(t.Context(), nil)}, backends.ErrInvalid, "nil")
	storetest.Refused(t, map[string]error{"Migrate over newer tables": mysql.Migrate(t.Context(), dial(t, newer))}, backends.ErrUnsupported, "version 2")
}

// Several processes may migrate at once.
func TestMigrate_AtOnceAndAgain(t *testing.T) {
	t.Parallel()
	server := mariadbtest.Start(t)
	failed := make(chan error, 8)
	for range cap(failed) {
		db := connect(t, server.Addr())
		go func() { failed <- mysql.Migrate(t.Context(), db) }()
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}
