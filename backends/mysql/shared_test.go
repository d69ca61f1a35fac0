package mysql_test

import (
	"database/sql"
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore/sqltest"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver/mariadbtest"
)

// start returns a server of its own for a test that the SQL stores share.
func start(t *testing.T) sqltest.Server {
	t.Helper()
	server := mariadbtest.Start(t)
	operator := connect(t, server.Addr())
	migrate(t, operator)
	return shared(operator, server.Addr())
}

func shared(operator *sql.DB, addr string) sqltest.Server {
	return sqltest.Server{
		Addr: addr, Sessions: "tenure_sessions", Records: "tenure_records",
		Open: func(t *testing.T, to, namespace string) backends.Backend {
			name := dsn(to)
			if to != addr {
				// One message for each statement: else only the preparation would arrive
				// where replies are lost.
				name += "&interpolateParams=true"
			}
			return open(t, dial(t, name), namespace)
		},
		Exec: func(t *testing.T, statement string) error {
			_, err := operator.ExecContext(t.Context(), statement)
			return err
		},
		Begin: func(t *testing.T, statement string) func() error {
			tx, err := operator.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = tx.Rollback() })
			if _, err := tx.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			return tx.Commit
		},
		Waiting: func(t *testing.T) (n int, err error) {
			var name string
			err = operator.QueryRowContext(t.Context(), `SHOW GLOBAL STATUS LIKE 'innodb_row_lock_current_waits'`).Scan(&name, &n)
			return n, err
		},
	}
}

func TestOnServer(t *testing.T) {
	t.Parallel()
	sqltest.Run(t, start)
}
