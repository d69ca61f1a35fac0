package postgres_test

import (
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore/sqltest"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver"
	"github.com/tenure-go/tenure/internal/testutil/postgresserver/postgrestest"
)

// start returns a server of its own for a test that the SQL stores share.
func start(t *testing.T) sqltest.Server {
	t.Helper()
	server := postgrestest.Start(t, postgresserver.Options{})
	operator := connect(t, server.Addr())
	migrate(t, operator)
	return sqltest.Server{
		Addr: server.Addr(), Sessions: "tenure.sessions", Records: "tenure.records",
		Open: func(t *testing.T, addr, namespace string) backends.Backend {
			return open(t, connect(t, addr), namespace)
		},
		Exec: func(t *testing.T, statement string) error {
			_, err := operator.Exec(t.Context(), statement)
			return err
		},
		Begin: func(t *testing.T, statement string) func() error {
			tx, err := operator.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = tx.Rollback(t.Context()) })
			if _, err := tx.Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			return func() error { return tx.Commit(t.Context()) }
		},
		Waiting: func(t *testing.T) (n int, err error) {
			err = operator.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`).Scan(&n)
			return n, err
		},
	}
}

func TestOnServer(t *testing.T) {
	t.Parallel()
	sqltest.Run(t, start)
}
