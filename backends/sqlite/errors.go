package sqlite

import (
	"errors"
	"fmt"
	"strings"

	codes "modernc.org/sqlite/lib"

	"github.com/tenure-go/tenure/backends"
)

// known is what a result code means here, and what a person can do about it.
var known = map[int]struct {
	kind   error
	advice string
}{
	codes.SQLITE_READONLY: {backends.ErrDenied, "the file, or the folder that holds its -wal and -shm files, cannot be written"},
	codes.SQLITE_PERM:     {backends.ErrDenied, "give the process access to the file and its folder"},
	codes.SQLITE_AUTH:     {backends.ErrDenied, "an authorizer of the program refuses the statement"},
	codes.SQLITE_CANTOPEN: {backends.ErrDenied, "the folder must exist, and the process must be able to write there"},
	codes.SQLITE_NOTADB:   {backends.ErrForeign, "the file is not a SQLite database"},
	codes.SQLITE_CORRUPT:  {backends.ErrForeign, "the file is damaged: restore it with no process running"},
	codes.SQLITE_FULL:     {backends.ErrUnavailable, "the disk is full"},
	codes.SQLITE_TOOBIG:   {backends.ErrInvalid, "SQLite was built with a lower limit on the length of a value"},
}

// wrap maps a native error to a sentinel and keeps both. SQLite's errors hold no
// values of a statement.
func wrap(doing string, err error) error {
	if k, ok := known[code(err)]; ok {
		return fmt.Errorf("sqlite: %s: %w: %w (%s)", doing, k.kind, err, k.advice)
	}
	// SQLite has no code of its own for this.
	if code(err) == codes.SQLITE_ERROR && strings.Contains(err.Error(), "no such table") {
		return fmt.Errorf("sqlite: %s: %w: %w (call sqlite.Migrate, or open the address with migrate=true)", doing, backends.ErrUnsupported, err)
	}
	return fmt.Errorf("sqlite: %s: %w: %w", doing, backends.ErrUnavailable, err)
}

// refused reports whether a statement did surely not apply. SQLITE_INTERRUPT and the
// errors of a context are missing on purpose: the context may end while the commit is
// under way. So are errors of input and output, and a full disk.
func refused(err error) bool {
	switch code(err) {
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_AUTH, codes.SQLITE_CANTOPEN, codes.SQLITE_NOTADB,
		codes.SQLITE_ERROR, codes.SQLITE_TOOBIG, codes.SQLITE_CONSTRAINT:
		return true
	}
	return errors.Is(err, errBusy)
}
