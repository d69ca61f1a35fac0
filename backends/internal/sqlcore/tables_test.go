package sqlcore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
	"github.com/tenure-go/tenure/backends/memory"
)

func TestSchemaName_NeedsNoQuotes(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"tenure": true, "_1": true, strings.Repeat("a", 63): true,
		"": false, "1a": false, "a b": false, `a"b`: false, "A": false, "a;b": false, "é": false, strings.Repeat("a", 64): false,
	} {
		got, err := sqlcore.SchemaName("shop", name, "a-z")
		switch {
		case ok && (err != nil || got != name):
			t.Errorf("%q: %q, %v", name, got, err)
		case !ok && (!errors.Is(err, backends.ErrInvalid) || !strings.HasPrefix(err.Error(), "shop: ")):
			t.Errorf("%q: %q, %v; want ErrInvalid of the shop", name, got, err)
		}
	}
	if name, err := sqlcore.SchemaName("shop", "Abc", "A-Za-z"); err != nil || name != "Abc" {
		t.Errorf("a capital letter where those are allowed: %q, %v", name, err)
	}
}

// What an address has opened is closed when something fails, and only then.
func TestOpenURL_ClosesWhatItCannotReturn(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	for _, c := range []struct {
		name                 string
		migrate              bool
		migrateErr, storeErr error
		migrated             bool
	}{
		{"without tables to make", false, bad, nil, false},
		{"with tables to make", true, nil, nil, true},
		{"tables that cannot be made", true, bad, nil, true},
		{"a store that cannot be opened", true, nil, bad, true},
	} {
		migrated, closed := false, 0
		store, closing, err := sqlcore.OpenURL(c.migrate,
			func() error { migrated = true; return c.migrateErr },
			func() (*memory.Client, error) { return memory.New(), c.storeErr },
			func() error { closed++; return nil })
		fails := c.storeErr != nil || c.migrate && c.migrateErr != nil
		if migrated != c.migrated || errors.Is(err, bad) != fails || (closed == 1) != fails {
			t.Errorf("%s: tables made %v, closed %d times, %v", c.name, migrated, closed, err)
		}
		if (store == nil) != fails || (closing == nil) != fails {
			t.Errorf("%s: returns %v and closing %v", c.name, store, closing != nil)
		}
	}
}
