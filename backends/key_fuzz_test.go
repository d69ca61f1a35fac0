package backends_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/backends"
)

// FuzzKey makes a key of any names and takes it apart again, and takes any text
// for a key: it is refused, or it is the one key of its names.
func FuzzKey(f *testing.F) {
	f.Add("orders", "claims", "7")
	f.Add("", ".", "..")
	f.Add("a/b", "%2F", "\x00\xff")
	f.Add("ü", strings.Repeat("x", 254), "%")
	f.Fuzz(func(t *testing.T, first, second, third string) {
		names := []string{first, second, third}
		key, err := backends.NewKey(names...)
		if err == nil {
			got, err := key.Segments()
			if err != nil || !slices.Equal(got, names) || key.Valid() != nil {
				t.Errorf("%q became the key %q, which is %q, %v, %v", names, key, got, err, key.Valid())
			}
			dir, err := backends.NewDir(first, second)
			if err != nil || !dir.Has(key) || dir.Has(backends.Key(dir)) {
				t.Errorf("%q, %v has not %q, or itself", dir, err, key)
			}
			if name, err := key.Name(); err != nil || name != third {
				t.Errorf("the name of %q is %q, %v, want %q", key, name, err, third)
			}
		} else if !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("%q: %v is no ErrInvalid", names, err)
		}

		text := backends.Key(first)
		got, err := text.Segments()
		if err != nil && !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("%q: %v is no ErrInvalid", text, err)
		}
		if text.Valid() != nil {
			return
		}
		if again, same := backends.NewKey(got...); err != nil || same != nil || again != text {
			t.Errorf("%q is valid, of the names %q, %v, which make %q, %v", text, got, err, again, same)
		}
	})
}
