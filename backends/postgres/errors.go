package postgres

import (
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenure-go/tenure/backends"
)

// known is what an SQLSTATE, or its class of two characters, means here, and what a
// person can do about it.
var known = map[string]struct {
	kind   error
	advice string
}{
	"28":    {backends.ErrDenied, "check the user's name and password, and the server's pg_hba.conf"},
	"42501": {backends.ErrDenied, "give the user the grants that the documentation of package postgres shows"},
	"3D000": {backends.ErrInvalid, "the database does not exist: create it, or name another one"},
	"42P01": {backends.ErrUnsupported, "call postgres.Migrate, or open the address with migrate=true"},
	"3F000": {backends.ErrUnsupported, "call postgres.Migrate, or open the address with migrate=true"},
	"42703": {backends.ErrUnsupported, "the tables are not those of postgres.Migrate"},
	"25006": {backends.ErrUnavailable, "the server or the session is read-only: connect to the primary, for example with target_session_attrs=read-write"},
	"55000": {backends.ErrUnavailable, "the server is a standby: connect to the primary, for example with target_session_attrs=read-write"},
	"53300": {backends.ErrUnavailable, "raise max_connections, or make the pools smaller"},
	"57014": {backends.ErrUnavailable, "an operator or statement_timeout ended the statement"},
}

// wrap maps a native error to a sentinel and keeps both. Errors of pgx name the host,
// the user and the database, never the password.
func wrap(doing string, err error) error {
	state := sqlState(err)
	k, ok := known[state]
	if !ok && len(state) == 5 {
		k, ok = known[state[:2]]
	}
	if ok {
		return fmt.Errorf("postgres: %s: %w: %w (%s)", doing, k.kind, err, k.advice)
	}
	return fmt.Errorf("postgres: %s: %w: %w", doing, backends.ErrUnavailable, err)
}

// sqlState is the server's code, "" for errors that are not the server's.
func sqlState(err error) string {
	var native *pgconn.PgError
	if errors.As(err, &native) {
		return native.Code
	}
	return ""
}

// aborts are the codes and classes after which a statement did surely not apply: it was
// not understood or not allowed, its data was refused, or it was rolled back. The end
// of the server's process (57P01) is missing on purpose: it can come between the commit
// and the wait for a synchronous standby.
var aborts = []string{"22", "23", "25", "28", "3D", "3F", "42", "40001", "40P01", "55000", "55P03", "57014", "57P03"}

// refused reports whether a statement did surely not apply.
func refused(err error) bool {
	if errors.Is(err, errNoConnection) || pgconn.SafeToRetry(err) {
		return true
	}
	state := sqlState(err)
	return len(state) == 5 && (slices.Contains(aborts, state) || slices.Contains(aborts, state[:2]))
}
