package mysql

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"github.com/go-sql-driver/mysql"

	"github.com/tenure-go/tenure/backends"
)

const (
	readOnlyAdvice = "connect to the primary, the server that takes writes"
	grantsAdvice   = "give the user the grants that the documentation of package mysql shows"
	migrateAdvice  = "call mysql.Migrate"
)

// known is what the server's error number means here, and what a person can do about it.
var known = map[uint16]struct {
	kind   error
	advice string
}{
	1044: {backends.ErrDenied, grantsAdvice},
	1045: {backends.ErrDenied, "check the user's name and password, and the host that it may connect from"},
	1698: {backends.ErrDenied, "check the user's name and password, and its authentication plugin"},
	1142: {backends.ErrDenied, grantsAdvice},
	1143: {backends.ErrDenied, grantsAdvice},
	1227: {backends.ErrDenied, grantsAdvice},
	3159: {backends.ErrDenied, "the server wants TLS: set tls in the data source name"},
	4150: {backends.ErrDenied, "the account is locked"},
	1046: {backends.ErrInvalid, "name a database in the data source name"},
	1049: {backends.ErrInvalid, "the database does not exist: create it, or name another one"},
	1665: {backends.ErrInvalid, "set the server's binlog_format to ROW or MIXED"},
	1146: {backends.ErrUnsupported, migrateAdvice},
	1054: {backends.ErrUnsupported, "the tables are not those of mysql.Migrate"},
	1290: {backends.ErrUnavailable, readOnlyAdvice},
	1792: {backends.ErrUnavailable, readOnlyAdvice},
	1836: {backends.ErrUnavailable, readOnlyAdvice},
	3141: {backends.ErrUnavailable, readOnlyAdvice}, // MySQL: the text 'read-only' is no JSON
	4038: {backends.ErrUnavailable, readOnlyAdvice}, // MariaDB: the same
	1040: {backends.ErrUnavailable, "raise max_connections, or make the pools smaller"},
	1203: {backends.ErrUnavailable, "raise max_user_connections, or make the pools smaller"},
	1205: {backends.ErrUnavailable, "another transaction holds the row for longer than innodb_lock_wait_timeout"},
	1153: {backends.ErrInvalid, "raise max_allowed_packet"},
}

// wrap maps a native error to a sentinel and keeps both. Errors of the driver and the
// server name the host, the user and the database, never the password.
func wrap(doing string, err error) error {
	if k, ok := known[code(err)]; ok {
		return fmt.Errorf("mysql: %s: %w: %w (%s)", doing, k.kind, err, k.advice)
	}
	if errors.Is(err, mysql.ErrPktTooLarge) {
		return fmt.Errorf("mysql: %s: %w: %w (take maxAllowedPacket out of the data source name)", doing, backends.ErrInvalid, err)
	}
	return fmt.Errorf("mysql: %s: %w: %w", doing, backends.ErrUnavailable, err)
}

// deadlock is the error after which InnoDB has rolled a statement back because another
// one waited for it.
const deadlock = 1213

// aborts are the errors after which a statement did surely not apply: it was not
// understood or not allowed, its data was refused, or it was rolled back. All that may
// come from a commit is missing on purpose, and so is the end by KILL (1317) or by
// max_statement_time (1969), which may come while the commit waits for a replica.
var aborts = []uint16{
	1040, 1044, 1045, 1046, 1048, 1049, 1054, 1062, 1064, 1142, 1143, 1146, 1153, 1203, 1205, deadlock, 1227, 1264, 1290, 1364, 1366,
	1406, 1665, 1698, 1792, 1836, 3141, 3159, 4038, 4150,
}

// refused reports whether a statement did surely not apply. The driver answers
// driver.ErrBadConn only when it has written nothing.
func refused(err error) bool {
	if errors.Is(err, errNoConnection) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrPktTooLarge) {
		return true
	}
	return slices.Contains(aborts, code(err))
}
