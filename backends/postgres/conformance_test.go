package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/backends/postgres"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver/postgrestest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

func TestConformance(t *testing.T) {
	server := postgrestest.Start(t, postgresserver.Options{})
	operator := connect(t, server.Addr())
	migrate(t, operator)
	var version string
	if err := operator.QueryRow(t.Context(), `SELECT split_part(current_setting('server_version'), ' ', 1)`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	conform(t, operator, "postgres", version, server.Addr())
}

// Two connections for all clients: each statement goes to another one than the last.
func TestConformance_ThroughPgBouncer(t *testing.T) {
	server := postgrestest.Start(t, postgresserver.Options{})
	operator := connect(t, server.Addr())
	bouncer := postgrestest.StartBouncer(t, server, 2)
	migrate(t, connect(t, bouncer))
	conform(t, operator, "postgres", "behind PgBouncer", bouncer)
}

// conform runs the suite against the server, reached at an address.
func conform(t *testing.T, operator *pgxpool.Pool, name, version, addr string) {
	faulty := func(t backendtest.TB, namespace string) (backends.Backend, *tcpproxy.Proxy) {
		p := storetest.Proxy(t, addr)
		return open(t, connect(t, p.Addr()), namespace), p
	}
	backendtest.Run(t, backendtest.Harness{
		Name:    name,
		Version: version,
		TTL:     2 * time.Second, // a watch looks every second: it is to see a session before it expires
		Open: func(t backendtest.TB, namespace string) backends.Backend {
			return open(t, connect(t, addr), namespace)
		},
		RemoveSession: func(t backendtest.TB, namespace string, id backends.SessionID) {
			tag, err := operator.Exec(t.Context(), `DELETE FROM tenure.sessions WHERE namespace = $1 AND id = $2`, namespace, string(id))
			if err != nil || tag.RowsAffected() != 1 {
				t.Fatalf("delete the row of session %q: %v, %v", id, tag, err)
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

func migrate(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	if err := postgres.Migrate(t.Context(), pool, ""); err != nil {
		t.Fatal(err)
	}
}

func connect(t backendtest.TB, addr string) *pgxpool.Pool {
	t.Helper()
	return dial(t, "postgres://postgres@"+addr+"/postgres?sslmode=disable&pool_max_conns=4")
}

func dial(t backendtest.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func open(t backendtest.TB, pool *pgxpool.Pool, namespace string) *postgres.Store {
	t.Helper()
	store, err := postgres.New(t.Context(), pool, postgres.Options{Namespace: namespace})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return store
}
