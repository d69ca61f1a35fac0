package postgres_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/postgres"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver/postgrestest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

const password = "p-secret"

// grants is what the package documentation shows.
const grants = `
GRANT USAGE ON SCHEMA tenure TO app;
GRANT SELECT ON tenure.version TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.sessions, tenure.records TO app;
`

func login(t backendtest.TB, s *postgresserver.Server, user, password string) *pgxpool.Pool {
	t.Helper()
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Host: s.Addr(), Path: "postgres", RawQuery: "sslmode=disable"}
	return dial(t, u.String())
}

func run(t testing.TB, pool *pgxpool.Pool, text string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{Password: password})
	root := login(t, server, postgresserver.User, password)
	ctx := t.Context()
	run(t, root, `CREATE USER app PASSWORD 'app-secret'`)
	app := login(t, server, "app", "app-secret")
	options := postgres.Options{Namespace: "n"}

	_, err := postgres.New(ctx, login(t, server, "app", "wrong-secret"), options)
	storetest.Refused(t, map[string]error{"wrong password": err}, backends.ErrDenied, "password")
	_, err = postgres.New(ctx, root, options)
	storetest.Refused(t, map[string]error{"no tables": err}, backends.ErrUnsupported, "call postgres.Migrate")
	storetest.Refused(t, map[string]error{"Migrate without the right": postgres.Migrate(ctx, app, "")}, backends.ErrDenied, "grants")
	migrate(t, root)
	_, err = postgres.New(ctx, app, options)
	storetest.Refused(t, map[string]error{"no grants": err}, backends.ErrDenied, "grants")

	run(t, root, grants)
	store := open(t, app, "n")
	session := storetest.OpenSession(t, store, time.Minute)
	for name, err := range storetest.EveryCall(ctx, store, session) {
		if err != nil {
			t.Errorf("%s with the documented grants: %v", name, err)
		}
	}
	session = storetest.OpenSession(t, store, time.Minute)
	run(t, root, `REVOKE SELECT, INSERT, UPDATE, DELETE ON tenure.sessions, tenure.records FROM app`)
	storetest.Refused(t, storetest.EveryCall(ctx, store, session), backends.ErrDenied, "grants")
	run(t, root, grants)
	run(t, root, `DROP TABLE tenure.sessions, tenure.records`)
	storetest.Refused(t, storetest.EveryCall(ctx, store, session), backends.ErrUnsupported, "call postgres.Migrate")

	run(t, root, `ALTER USER app PASSWORD 'other-secret'`)
	app.Reset() // an operator ends the old connections
	_, err = store.Sessions(ctx)
	storetest.Refused(t, map[string]error{"password changed": err}, backends.ErrDenied, "password")
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{})
	pool := connect(t, server.Addr())
	migrate(t, pool)
	dsn := "postgres://postgres@" + server.Addr() + "/postgres?sslmode=disable&options="
	lazy := dial(t, dsn+"-c%20synchronous_commit%3Doff")
	readOnly := dial(t, dsn+"-c%20default_transaction_read_only%3Don")
	for name, c := range map[string]struct {
		pool *pgxpool.Pool
		o    postgres.Options
		kind error
		text string
	}{
		"no pool":        {nil, postgres.Options{Namespace: "n"}, backends.ErrInvalid, "nil"},
		"no namespace":   {pool, postgres.Options{}, backends.ErrInvalid, "namespace"},
		"long namespace": {pool, postgres.Options{Namespace: strings.Repeat("%", 100)}, backends.ErrInvalid, "256"},
		"hostile schema": {pool, postgres.Options{Namespace: "n", Schema: `x"; DROP TABLE y; --`}, backends.ErrInvalid, "schema"},
		"other schema":   {pool, postgres.Options{Namespace: "n", Schema: "other"}, backends.ErrUnsupported, "Migrate"},
		"lazy commits":   {lazy, postgres.Options{Namespace: "n"}, backends.ErrInvalid, "synchronous_commit"},
		"read-only":      {readOnly, postgres.Options{Namespace: "n"}, backends.ErrUnsupported, "target_session_attrs"},
	} {
		_, err := postgres.New(t.Context(), c.pool, c.o)
		storetest.Refused(t, map[string]error{name: err}, c.kind, c.text)
	}
	if err := postgres.Migrate(t.Context(), pool, "Upper"); !errors.Is(err, backends.ErrInvalid) {
		t.Errorf("Migrate of a bad schema: %v", err)
	}
	run(t, pool, `UPDATE tenure.version SET version = 2`)
	_, err := postgres.New(t.Context(), pool, postgres.Options{Namespace: "n"})
	storetest.Refused(t, map[string]error{"New": err, "Migrate": postgres.Migrate(t.Context(), pool, "")}, backends.ErrUnsupported, "version 2")
}

func TestMigrate_AtOnce(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, postgresserver.Options{})
	pool := connect(t, server.Addr())
	ended := make(chan error, 8)
	for range cap(ended) {
		go func() { ended <- postgres.Migrate(t.Context(), pool, "") }()
	}
	for range cap(ended) {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	var rows int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM tenure.version`).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d versions, %v", rows, err)
	}
}
