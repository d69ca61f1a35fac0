package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// conn runs statements on connections of the caller's pool.
type conn struct{ pool *pgxpool.Pool }

// errNoConnection marks a statement that was not sent, for want of a connection.
var errNoConnection = errors.New("no connection")

// Query implements sqlcore.DB. A statement is parsed, bound and executed in one
// message, without a name, whatever the pool's settings are: so each can go to another
// connection of the server, as through PgBouncer. It commits by itself, before the
// server says that it is ready for the next, and only that ends the rows.
func (c conn) Query(ctx context.Context, statement string, args []any, row func(sqlcore.Scan) error) error {
	own, err := c.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoConnection, err)
	}
	defer own.Release()
	rows, err := own.Query(ctx, statement, append([]any{pgx.QueryExecModeExec}, args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
