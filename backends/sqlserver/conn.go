package sqlserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// pause is the mean pause before a statement that the server has rolled back because of
// another one is tried again.
const pause = 5 * time.Millisecond

// patience is how much longer than its context a call of the driver may take, which then
// knows more about what happened than that the time is over.
const patience = 100 * time.Millisecond

// conn runs statements on connections of the caller's pool.
type conn struct{ db *sql.DB }

var (
	// errNoConnection marks a statement that was not sent, for want of a connection.
	errNoConnection = errors.New("no connection")
	// errAbandoned marks a call of the driver that did not end with its context.
	errAbandoned = errors.New("the driver does not answer")
)

// Query implements sqlcore.DB. A deadlock, and an INSERT that another one has overtaken,
// is rolled back as a whole and is no news for anybody, so it is tried again until the
// context is done.
func (c conn) Query(ctx context.Context, statement string, args []any, row func(sqlcore.Scan) error) error {
	for {
		err := c.try(ctx, statement, args, row)
		if !slices.Contains(again, number(err)) {
			return err
		}
		timer := time.NewTimer(rand.N(2 * pause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// try runs a statement, and leaves the driver behind when it does not end.
func (c conn) try(ctx context.Context, statement string, args []any, row func(sqlcore.Scan) error) error {
	return abandonable(ctx, row, func(row func(sqlcore.Scan) error) error { return run(ctx, c.db, statement, args, row) })
}

// abandonable makes a call in a goroutine of its own, because the driver may wait on a
// network that is silent for much longer than its context. Then the goroutine is left
// behind, ends when the driver gives up, and shows its rows to nobody:
//
//	abandonable                      goroutine
//	the context is done, returns     rows arrive
//	the caller reads its variables   row would write them
func abandonable(ctx context.Context, row func(sqlcore.Scan) error, call func(row func(sqlcore.Scan) error) error) error {
	var mu sync.Mutex // guards abandoned, and what row writes
	abandoned := false
	done := make(chan error, 1)
	go func() {
		done <- call(func(scan sqlcore.Scan) error {
			mu.Lock()
			defer mu.Unlock()
			if abandoned {
				return errAbandoned
			}
			return row(scan)
		})
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
	}
	mu.Lock()
	defer mu.Unlock()
	abandoned = true
	return fmt.Errorf("%w: %w", errAbandoned, context.Cause(ctx))
}

// run holds one connection: on a connection of its own database/sql tries nothing again.
// It reads the answer to its end, because the server commits, or fails, after the rows.
func run(ctx context.Context, db *sql.DB, statement string, args []any, row func(sqlcore.Scan) error) error {
	own, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoConnection, err)
	}
	defer func() { _ = own.Close() }() // back to the pool
	rows, err := own.QueryContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // read to the end, or it has failed already
	for more := true; more; more = rows.NextResultSet() {
		for rows.Next() {
			if err := row(rows.Scan); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

// number is the server's error number, 0 for errors that are not the server's and for
// those with which it has ended the connection.
func number(err error) int32 {
	var fatal mssql.ServerError
	var native mssql.Error
	if errors.As(err, &fatal) || !errors.As(err, &native) {
		return 0
	}
	return native.Number
}
