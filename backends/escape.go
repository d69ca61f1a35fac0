package backends

import (
	"fmt"
	"strings"
)

const (
	hexDigits = "0123456789ABCDEF"
	// emptySegment stands for "", which no store could show as a path segment.
	emptySegment = "%"
)

// Escape turns any string into a key segment over [A-Za-z0-9_~-] plus '.' and
// '%'. It is injective: every other byte becomes %XX, "." and ".." are written
// with %2E (ZooKeeper forbids them), and "" becomes a lone '%'. Bytes are
// bytes: no Unicode form is changed.
func Escape(s string) string {
	if s == "" {
		return emptySegment
	}
	if s == "." || s == ".." {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

// Unescape is the inverse of Escape. It returns ErrInvalid for anything that
// Escape does not produce, so that it is injective too.
func Unescape(segment string) (string, error) {
	if segment == emptySegment {
		return "", nil
	}
	var b strings.Builder
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		if c == '%' {
			if i+2 >= len(segment) {
				return "", badSegment(segment)
			}
			hi, lo := strings.IndexByte(hexDigits, segment[i+1]), strings.IndexByte(hexDigits, segment[i+2])
			if hi < 0 || lo < 0 {
				return "", badSegment(segment)
			}
			c = byte(hi<<4 | lo)
			i += 2
		}
		b.WriteByte(c)
	}
	if s := b.String(); s != "" && Escape(s) == segment {
		return s, nil
	}
	return "", badSegment(segment)
}

func badSegment(segment string) error {
	return fmt.Errorf("%w: %.60q is not an escaped key segment", ErrInvalid, segment)
}

func plain(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return c == '.' || c == '_' || c == '~' || c == '-'
}
