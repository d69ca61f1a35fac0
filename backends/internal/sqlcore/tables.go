package sqlcore

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/tenure-go/tenure/backends"
)

// SchemaName returns the name of a schema, or backends.ErrInvalid for one that needs
// quotes somewhere, so that an operator need not guess. The letters are ranges, such as
// "a-z".
func SchemaName(store, schema, letters string) (string, error) {
	plain := regexp.MustCompile(`^[` + letters + `_][` + letters + `0-9_]{0,62}$`)
	if !plain.MatchString(schema) {
		return "", fmt.Errorf("%s: %w: the schema %.80q: want at most 63 of %s, 0-9 and _, no digit first", store, backends.ErrInvalid, schema, letters)
	}
	return schema, nil
}

// CheckVersion demands a version of the tables, which the statement returns as its only
// column. It returns backends.ErrUnsupported for another one, and what wrap makes of
// the statement's errors.
func CheckVersion(ctx context.Context, store string, db DB, statement string, want int, wrap func(doing string, err error) error) error {
	var version int
	err := db.Query(ctx, statement, nil, func(scan Scan) error { return scan(&version) })
	switch {
	case err != nil:
		return wrap("read the tables' version", err)
	case version != want:
		return fmt.Errorf("%s: %w: the tables have version %d, this program works with %d: use the same version of Tenure in all processes", store, backends.ErrUnsupported, version, want)
	}
	return nil
}

// OpenURL is the end of opening an address: it makes the tables if migrate is set, and
// opens the store. It closes what the address has opened when either fails, and else
// returns the store and what closes it.
func OpenURL[S backends.Backend](migrate bool, tables func() error, open func() (S, error), closing func() error) (backends.Backend, func() error, error) {
	if migrate {
		if err := tables(); err != nil {
			return nil, nil, errors.Join(err, closing())
		}
	}
	store, err := open()
	if err != nil {
		return nil, nil, errors.Join(err, closing())
	}
	return store, closing, nil
}
