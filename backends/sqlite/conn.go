package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	sqlite3 "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// pause is the mean pause before a statement that found the file locked is tried again,
// about as long as another one holds the lock. It does not grow: else those who have
// waited longest would lose to those who came last, for as long as new ones come.
const pause = 2 * time.Millisecond

// conn runs statements on the caller's database.
type conn struct{ db *sql.DB }

// Query implements sqlcore.DB. It reads the answer to its end, because SQLite commits a
// statement with RETURNING only then.
func (c conn) Query(ctx context.Context, statement string, args []any, row func(sqlcore.Scan) error) error {
	return c.busy(ctx, func() error {
		rows, err := c.db.QueryContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // read to the end, or it has failed already
		for rows.Next() {
			if err := row(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// one reads one value.
func (c conn) one(ctx context.Context, statement string, value any) error {
	return c.Query(ctx, statement, nil, func(scan sqlcore.Scan) error { return scan(value) })
}

// errBusy marks that the file stayed locked until the context was done. The statement
// did not apply.
var errBusy = errors.New("the file is locked by another connection")

// busy tries again while another connection writes. SQLite's own busy handler waits
// without looking at the context, so it is off, and the waiting is done here. A
// statement that was answered "busy" has changed nothing.
func (c conn) busy(ctx context.Context, try func() error) error {
	for {
		err := try()
		if err == nil || !locked(err) {
			return err
		}
		timer := time.NewTimer(rand.N(2 * pause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w: %w: %w", errBusy, context.Cause(ctx), err)
		}
	}
}

// code is SQLite's primary result code, 0 for errors that are not SQLite's.
func code(err error) int {
	var native *sqlite3.Error
	if errors.As(err, &native) {
		return native.Code() & 0xff
	}
	return 0
}

func locked(err error) bool {
	c := code(err)
	return c == codes.SQLITE_BUSY || c == codes.SQLITE_LOCKED
}
