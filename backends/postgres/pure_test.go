package postgres

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenure-go/tenure/backends"
)

func TestRefused(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]bool{
		"42501": true, "42P01": true, "25006": true, "40001": true, "40P01": true, "57014": true, "23505": true, "55P03": true,
		"40003": false, "57P01": false, "57P02": false, "08006": false, "53100": false, "XX000": false, "58030": false, "": false,
	} {
		err := fmt.Errorf("write: %w", &pgconn.PgError{Code: state})
		if refused(err) != want {
			t.Errorf("SQLSTATE %q: refused is %v, want %v", state, !want, want)
		}
		if wrapped := wrap("write", err); !errors.Is(wrapped, err) {
			t.Errorf("SQLSTATE %q: the native error is lost in %v", state, wrapped)
		}
	}
	if !refused(fmt.Errorf("%w: %w", errNoConnection, io.EOF)) || refused(io.ErrUnexpectedEOF) {
		t.Error("a statement that was not sent cannot apply; one whose connection broke can")
	}
	for state, kind := range map[string]error{
		"28P01": backends.ErrDenied, "28000": backends.ErrDenied, "42501": backends.ErrDenied, "3D000": backends.ErrInvalid,
		"42P01": backends.ErrUnsupported, "40001": backends.ErrUnavailable, "": backends.ErrUnavailable,
	} {
		if err := wrap("x", &pgconn.PgError{Code: state}); !errors.Is(err, kind) {
			t.Errorf("SQLSTATE %q: %v, want %v", state, err, kind)
		}
	}
}
