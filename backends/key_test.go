package backends_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/backends"
)

func TestNewKey_Properties(t *testing.T) {
	segments := rapid.SliceOfN(anyString(), 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		x, y := segments.Draw(t, "x"), segments.Draw(t, "y")
		k, err := backends.NewKey(x...)
		other, otherErr := backends.NewKey(y...)
		if err != nil || otherErr != nil {
			t.Skip("too long")
		}
		if (k == other) != slices.Equal(x, y) {
			t.Fatalf("%q and %q both become %q", x, y, k)
		}
		if back, err := k.Segments(); err != nil || !slices.Equal(back, x) {
			t.Fatalf("Segments(%q) = %q, %v, want %q", k, back, err, x)
		}
		if name, err := k.Name(); err != nil || name != x[len(x)-1] {
			t.Fatalf("Name(%q) = %q, %v, want %q", k, name, err, x[len(x)-1])
		}
		if err := k.Valid(); err != nil {
			t.Fatalf("Valid(%q): %v", k, err)
		}
		d, err := backends.NewDir(x...)
		if err != nil {
			t.Fatal(err)
		}
		if in := len(y) > len(x) && slices.Equal(y[:len(x)], x); d.Has(other) != in {
			t.Fatalf("Dir(%q).Has(%q) = %v, want %v", d, other, !in, in)
		}
		if back, err := d.Segments(); err != nil || !slices.Equal(back, x) {
			t.Fatalf("Segments of %q: %q, %v, want %q", d, back, err, x)
		}
		if in, err := d.Key(y[0]); err == nil {
			if want, err := backends.NewKey(append(slices.Clone(x), y[0])...); err != nil || in != want || !d.Has(in) {
				t.Fatalf("Dir(%q).Key(%q) = %q, want %q, %v", d, y[0], in, want, err)
			}
		}
	})
}

func TestNewKey_Limits(t *testing.T) {
	// One byte in three of "/" escaped counts: limits are on what is stored.
	longest := strings.Repeat("x", backends.MaxSegmentBytes)
	fits, slashes := strings.Repeat("y", backends.MaxKeyBytes-2*backends.MaxSegmentBytes-2), strings.Repeat("/", backends.MaxSegmentBytes/3)
	for _, ok := range [][]string{{longest}, {longest, longest}, {longest, longest, fits}, {slashes}} {
		k, err := backends.NewKey(ok...)
		if err != nil || k.Valid() != nil {
			t.Errorf("a key of %d bytes: %v, %v", len(k), err, k.Valid())
		}
	}
	for name, long := range map[string][]string{
		"no segment":           {},
		"segment too long":     {longest + "x"},
		"key too long":         {longest, longest, fits + "y"},
		"escaped too long":     {slashes + "/"},
		"a whole book of text": {strings.Repeat("book ", 1<<14)},
	} {
		if k, err := backends.NewKey(long...); !errors.Is(err, backends.ErrInvalid) || k != "" && name == "no segment" {
			t.Errorf("%s: NewKey: %v, want ErrInvalid", name, err)
		} else if len(err.Error()) > 400 {
			t.Errorf("%s: the error has %d bytes; the name must be cut in it", name, len(err.Error()))
		}
		if _, err := backends.NewDir(long...); !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("%s: NewDir: %v, want ErrInvalid", name, err)
		}
	}
	d, err := backends.NewDir(longest, longest)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Key(fits); err != nil {
		t.Errorf("the longest key in a directory: %v", err)
	}
	for _, long := range []string{fits + "y", longest + "x"} {
		if k, err := d.Key(long); !errors.Is(err, backends.ErrInvalid) || k.Valid() == nil && len(k) > 0 {
			t.Errorf("Dir.Key with %d bytes: %v, want ErrInvalid", len(long), err)
		}
	}
	_, err = backends.NewKey(longest + "x")
	if err == nil || !strings.Contains(err.Error(), "255") || !strings.Contains(err.Error(), "254") {
		t.Errorf("the error names not both the limit and the value: %v", err)
	}
}

func TestKey_Valid(t *testing.T) {
	for _, bad := range []backends.Key{
		"", "/", "a/", "/a", "a//b", "a/./b", "..", "a b", "a\x00", "%2f", "%41", "a/%", "é",
		backends.Key(strings.Repeat("x", backends.MaxSegmentBytes+1)), backends.Key(strings.Repeat("x/", backends.MaxKeyBytes/2) + "xx"),
	} {
		err := bad.Valid()
		if bad == "a/%" { // a lone % is the empty name
			if err != nil {
				t.Errorf("Valid(%q): %v", bad, err)
			}
			continue
		}
		if !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("Valid(%.40q): %v, want ErrInvalid", bad, err)
		}
	}
	if _, err := backends.Key("a//b").Segments(); !errors.Is(err, backends.ErrInvalid) {
		t.Errorf("Segments of a malformed key: %v, want ErrInvalid", err)
	}
	if _, err := backends.Key("a/b c").Name(); !errors.Is(err, backends.ErrInvalid) {
		t.Errorf("Name of a malformed key: %v, want ErrInvalid", err)
	}
}
