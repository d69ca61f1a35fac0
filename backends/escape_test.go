package backends_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/backends"
)

// anyString draws strings of any bytes, often of the troublesome ones.
func anyString() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 20), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"", ".", "..", "%", "/", "25", "2F", "2E", "\x00", "a", "A", "é", "e\u0301"}), 0, 6),
			func(parts []string) string { return strings.Join(parts, "") }),
	)
}

func TestEscape_Table(t *testing.T) {
	for name, want := range map[string]string{
		"":         "%",
		".":        "%2E",
		"..":       "%2E%2E",
		"...":      "...",
		".a":       ".a",
		"plain-_~": "plain-_~",
		"A.b9":     "A.b9",
		"%":        "%25",
		"%2E":      "%252E",
		"a/b":      "a%2Fb",
		" ":        "%20",
		"\x00":     "%00",
		"\xff":     "%FF",
		"é":        "%C3%A9",
		"e\u0301":  "e%CC%81", // another string than the one above, though it looks alike
		"\n":       "%0A",
		"a:b#c?*":  "a%3Ab%23c%3F%2A",
	} {
		got := backends.Escape(name)
		if got != want {
			t.Errorf("Escape(%q) = %q, want %q", name, got, want)
		}
		if back, err := backends.Unescape(got); err != nil || back != name {
			t.Errorf("Unescape(%q) = %q, %v, want %q", got, back, err, name)
		}
	}
}

func TestUnescape_RefusesWhatEscapeDoesNotMake(t *testing.T) {
	for _, segment := range []string{
		"", ".", "..", "a/b", " ", "\x00", "é", "%2", "%%", "%G0", "%2f", "%2e", "%41", "%2D", "a%", "%2E", "%2Ea", "%2E%2E%2E", "%zz", "%25%", "*",
	} {
		got, err := backends.Unescape(segment)
		if segment == "%2E" { // the one of these that Escape makes
			if err != nil || got != "." {
				t.Errorf("Unescape(%q) = %q, %v, want \".\"", segment, got, err)
			}
			continue
		}
		if !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("Unescape(%q) = %q, %v, want ErrInvalid", segment, got, err)
		}
	}
}

func TestEscape_Properties(t *testing.T) {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-%"
	rapid.Check(t, func(t *rapid.T) {
		x, y := anyString().Draw(t, "x"), anyString().Draw(t, "y")
		segment := backends.Escape(x)
		if back, err := backends.Unescape(segment); err != nil || back != x {
			t.Fatalf("Unescape(Escape(%q)) = %q, %v", x, back, err)
		}
		if (segment == backends.Escape(y)) != (x == y) {
			t.Fatalf("%q and %q both become %q", x, y, segment)
		}
		if strings.Trim(segment, allowed) != "" || segment == "" || segment == "." || segment == ".." {
			t.Fatalf("Escape(%q) = %q is no harmless segment", x, segment)
		}
	})
}

// FuzzUnescape: what Unescape takes is what Escape makes, and nothing panics.
func FuzzUnescape(f *testing.F) {
	for _, seed := range []string{"", "%", "%2E", "%2E%2E", "a%2Fb", "%2f", "%41", "a%", "%C3%A9", "..."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, segment string) {
		s, err := backends.Unescape(segment)
		if err != nil {
			if !errors.Is(err, backends.ErrInvalid) {
				t.Errorf("Unescape(%q): %v does not wrap ErrInvalid", segment, err)
			}
		} else if backends.Escape(s) != segment {
			t.Errorf("Unescape(%q) = %q, but Escape makes %q of that", segment, s, backends.Escape(s))
		}
		if back, err := backends.Unescape(backends.Escape(segment)); err != nil || back != segment {
			t.Errorf("Unescape(Escape(%q)) = %q, %v", segment, back, err)
		}
	})
}
