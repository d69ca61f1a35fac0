package sqlserver

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tenure-go/tenure/backends"
)

const (
	grantsAdvice   = "give the user the grants that the documentation of package sqlserver shows"
	migrateAdvice  = "call sqlserver.Migrate"
	readOnlyAdvice = "connect to the primary replica, without ApplicationIntent=ReadOnly"
)

// readOnly is the number that the statements throw on a database that is read-only.
const readOnly = 51000

// known is what the server's error number means here, and what a person can do about it.
var known = map[int32]struct {
	kind   error
	advice string
}{
	18456:    {backends.ErrDenied, "check the user's name and password"},
	18470:    {backends.ErrDenied, "the login is disabled"},
	4060:     {backends.ErrDenied, "check the name of the database, and that the user has access to it"},
	229:      {backends.ErrDenied, grantsAdvice},
	230:      {backends.ErrDenied, grantsAdvice},
	262:      {backends.ErrDenied, grantsAdvice},
	2760:     {backends.ErrDenied, grantsAdvice},
	208:      {backends.ErrUnsupported, migrateAdvice},
	207:      {backends.ErrUnsupported, "the tables are not those of sqlserver.Migrate"},
	334:      {backends.ErrUnsupported, "take the triggers off the tables"},
	readOnly: {backends.ErrUnavailable, readOnlyAdvice},
	3906:     {backends.ErrUnavailable, readOnlyAdvice},
	978:      {backends.ErrUnavailable, readOnlyAdvice},
	1222:     {backends.ErrUnavailable, "another transaction holds the row for longer than the connection's lock timeout"},
}

// wrap maps a native error to a sentinel and keeps both. The server's errors name the
// user and the database, never the password.
func wrap(doing string, err error) error {
	if k, ok := known[number(err)]; ok {
		return fmt.Errorf("sqlserver: %s: %w: %w (%s)", doing, k.kind, err, k.advice)
	}
	return fmt.Errorf("sqlserver: %s: %w: %w", doing, backends.ErrUnavailable, err)
}

// again are the errors after which the server has rolled a statement back because of
// another one: the victim of a deadlock (1205), a key that another one has just
// inserted (2601, 2627), a row that is newer than the statement's snapshot (3960).
var again = []int32{1205, 2601, 2627, 3960}

// aborts are the errors after which a statement did surely not apply: it was not
// understood or not allowed, its data was refused, or it was rolled back. All that may
// come from a commit is missing on purpose, such as a full log (9002).
var aborts = []int32{
	102, 156, 195, 207, 208, 229, 230, 262, 334, 515, 978, 1222, 2628, 2760, 3906, 4060, 8115, 8152, 13609, 18456, 18470, readOnly,
}

// refused reports whether a statement did surely not apply. The driver's own errors,
// and those with which the server ends a connection, prove nothing.
func refused(err error) bool {
	n := number(err)
	return errors.Is(err, errNoConnection) || slices.Contains(aborts, n) || slices.Contains(again, n)
}
