package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// pause is the mean pause before a statement that InnoDB has rolled back for a deadlock
// is tried again.
const pause = 2 * time.Millisecond

// conn runs statements on connections of the caller's pool.
type conn struct{ db *sql.DB }

// errNoConnection marks a statement that was not sent, for want of a connection.
var errNoConnection = errors.New("no connection")

// Query implements sqlcore.DB. It holds one connection during a try: on a connection of
// its own database/sql tries nothing again. A deadlock rolls the whole statement back
// and is no news for anybody, so it is tried again until the context is done.
func (c conn) Query(ctx context.Context, statement string, args []any, row func(sqlcore.Scan) error) error {
	text, ordered := positional(statement, args)
	for {
		err := c.try(ctx, text, ordered, row)
		if code(err) != deadlock {
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

func (c conn) try(ctx context.Context, text string, args []any, row func(sqlcore.Scan) error) error {
	own, err := c.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoConnection, err)
	}
	defer func() { _ = own.Close() }() // back to the pool
	if !strings.HasPrefix(text, "SELECT") && !strings.HasPrefix(text, "SHOW") {
		return execute(ctx, own, text, args, row)
	}
	rows, err := own.QueryContext(ctx, text, args...)
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
}

// execute runs a statement that writes, and answers with the one number that comes with
// the server's confirmation: the clock that the statement has told, if it told one, or
// how many rows it changed.
func execute(ctx context.Context, own *sql.Conn, text string, args []any, row func(sqlcore.Scan) error) error {
	result, err := own.ExecContext(ctx, text, args...)
	if err != nil {
		return err
	}
	number, err := result.RowsAffected()
	if strings.Contains(text, told) {
		number, err = result.LastInsertId()
		if number == 0 {
			return err // there was no row
		}
	}
	if err != nil {
		return err
	}
	return row(func(columns ...any) error {
		switch c := columns[0].(type) {
		case *int64:
			*c = number
		case *int:
			*c = int(number)
		}
		return nil
	})
}

var placeholder = regexp.MustCompile(`\?[1-9]`)

// positional turns ?1 and ?2 into the ? of the protocol, with one argument for each.
func positional(statement string, args []any) (plain string, ordered []any) {
	plain = placeholder.ReplaceAllStringFunc(statement, func(number string) string {
		ordered = append(ordered, args[number[1]-'1'])
		return "?"
	})
	return plain, ordered
}

// code is the server's error number, 0 for errors that are not the server's.
func code(err error) uint16 {
	var native *mysql.MySQLError
	if errors.As(err, &native) {
		return native.Number
	}
	return 0
}
