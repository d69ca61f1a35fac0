package sqlserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

func TestRefused(t *testing.T) {
	t.Parallel()
	for n, want := range map[int32]bool{
		229: true, 208: true, 1205: true, 1222: true, 2627: true, 2601: true, 3960: true, 3906: true, readOnly: true, 18456: true,
		9002: false, 3619: false, 596: false, 40197: false, 40501: false, 0: false,
	} {
		err := fmt.Errorf("write: %w", mssql.Error{Number: n})
		if refused(err) != want {
			t.Errorf("error %d: refused is %v, want %v", n, !want, want)
		}
		var native mssql.Error
		if wrapped := wrap("write", err); !errors.As(wrapped, &native) || native.Number != n {
			t.Errorf("error %d: the native error is lost in %v", n, wrapped)
		}
	}
	if !refused(fmt.Errorf("%w: %w", errNoConnection, io.EOF)) {
		t.Error("a statement that was not sent cannot apply")
	}
	for _, err := range []error{io.EOF, errAbandoned, context.DeadlineExceeded, fatal{mssql.Error{Number: 1205}}} {
		if refused(err) {
			t.Errorf("%v: the statement can have applied", err)
		}
	}
	for n, kind := range map[int32]error{
		18456: backends.ErrDenied, 229: backends.ErrDenied, 4060: backends.ErrDenied, 208: backends.ErrUnsupported, 334: backends.ErrUnsupported,
		readOnly: backends.ErrUnavailable, 1205: backends.ErrUnavailable, 0: backends.ErrUnavailable,
	} {
		if err := wrap("x", mssql.Error{Number: n}); !errors.Is(err, kind) {
			t.Errorf("error %d: %v, want %v", n, err, kind)
		}
	}
}

// fatal is an error with which the server has ended the connection. The driver's own
// type cannot be filled from here.
type fatal struct{ error }

func (f fatal) Unwrap() error { return f.error }

func (f fatal) As(target any) bool {
	_, ok := target.(*mssql.ServerError)
	return ok
}

func TestCheckDatabase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		d    database
		kind error
		text string
	}{
		"well":        {database{160, 0, "READ_WRITE"}, nil, ""},
		"may be lazy": {database{130, 1, "READ_WRITE"}, nil, ""},
		"old":         {database{120, 0, "READ_WRITE"}, backends.ErrUnsupported, "130"},
		"secondary":   {database{160, 0, "READ_ONLY"}, backends.ErrUnsupported, "primary"},
		"lazy":        {database{160, 2, "READ_WRITE"}, backends.ErrInvalid, "DELAYED_DURABILITY"},
	} {
		if err := c.d.check(); !errors.Is(err, c.kind) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %v and %q", name, err, c.kind, c.text)
		}
	}
}

func open(t *testing.T, host string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlserver", "sqlserver://app:pass-secret@"+host+"?database=app&encrypt=disable&dial+timeout=60")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	db := open(t, "127.0.0.1:1")
	for name, c := range map[string]struct {
		db   *sql.DB
		o    Options
		kind error
		text string
	}{
		"no database":    {nil, Options{Namespace: "n"}, backends.ErrInvalid, "nil"},
		"no namespace":   {db, Options{}, backends.ErrInvalid, "namespace"},
		"long namespace": {db, Options{Namespace: strings.Repeat("%", 100)}, backends.ErrInvalid, "256"},
		"hostile schema": {db, Options{Namespace: "n", Schema: "x]; DROP TABLE y; --"}, backends.ErrInvalid, "schema"},
		"nobody listens": {db, Options{Namespace: "n"}, backends.ErrUnavailable, "refused"},
	} {
		_, err := New(t.Context(), c.db, c.o)
		storetest.Refused(t, map[string]error{name: err}, c.kind, c.text)
	}
	if _, err := SchemaSQL("1x"); !errors.Is(err, backends.ErrInvalid) {
		t.Errorf("a schema that begins with a digit: %v", err)
	}
	if err := Migrate(t.Context(), nil, ""); !errors.Is(err, backends.ErrInvalid) {
		t.Errorf("Migrate without a database: %v", err)
	}
}

// Somebody takes the connection and says nothing, as on a silent network: the call ends
// with its context, whether or not the driver does.
func TestNew_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err = New(ctx, open(t, l.Addr().String()), Options{Namespace: "n"})
	if !errors.Is(err, backends.ErrUnavailable) || time.Since(begun) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
}

func TestAbandonable_LeavesACallThatHangs(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	release, late := make(chan struct{}), make(chan error, 1)
	shown := 0
	row := func(sqlcore.Scan) error { shown++; return nil }
	err := abandonable(ctx, row, func(row func(sqlcore.Scan) error) error {
		err := row(nil)
		<-release // whatever the context says
		late <- row(nil)
		return err
	})
	if !errors.Is(err, errAbandoned) || !errors.Is(err, context.Canceled) || refused(err) {
		t.Errorf("%v: want it abandoned, and unknown", err)
	}
	close(release)
	if err := <-late; !errors.Is(err, errAbandoned) || shown != 1 {
		t.Errorf("a late row was told %v, and %d were shown, want 1", err, shown)
	}
	// The driver knows best what happened, if it says so soon.
	if err := abandonable(ctx, row, func(func(sqlcore.Scan) error) error { return errNoConnection }); !errors.Is(err, errNoConnection) {
		t.Errorf("a call that ends with its context: %v", err)
	}
}
