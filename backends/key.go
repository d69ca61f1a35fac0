package backends

import (
	"fmt"
	"strings"
)

// Limits that hold on every store.
const (
	// MaxKeyBytes is the longest key that any store must take.
	MaxKeyBytes = 512
	// MaxSegmentBytes is the longest escaped segment of a key.
	MaxSegmentBytes = 254
)

// Key is the path of a record inside a store's namespace: escaped segments
// joined by '/'. Build it with NewKey or Dir.Key; two different lists of
// segments never give the same Key.
type Key string

// Dir is a whole directory of records: a path that ends in '/'. A record is in
// a directory if its key starts with it, at any depth.
type Dir string

// NewKey joins segments, each escaped. It returns ErrInvalid if there is no
// segment or if one of the limits is passed.
func NewKey(segments ...string) (Key, error) {
	path, err := join(segments)
	if err != nil {
		return "", err
	}
	return Key(path), nil
}

// NewDir joins segments to a directory. It returns ErrInvalid like NewKey.
func NewDir(segments ...string) (Dir, error) {
	path, err := join(segments)
	if err != nil {
		return "", err
	}
	return Dir(path + "/"), nil
}

// Key returns the key of one record in d.
func (d Dir) Key(segment string) (Key, error) {
	part, err := escapeChecked(segment)
	if err != nil {
		return "", err
	}
	return Key(string(d) + part), checkLength(string(d) + part)
}

// Has reports whether k is a record in d.
func (d Dir) Has(k Key) bool {
	return len(k) > len(d) && strings.HasPrefix(string(k), string(d))
}

// Segments returns the segments of d, unescaped.
func (d Dir) Segments() ([]string, error) {
	return Key(strings.TrimSuffix(string(d), "/")).Segments()
}

// Segments returns the segments of k, unescaped. It returns ErrInvalid if k
// was not made by this package.
func (k Key) Segments() ([]string, error) {
	parts := strings.Split(string(k), "/")
	for i, part := range parts {
		s, err := Unescape(part)
		if err != nil {
			return nil, err
		}
		parts[i] = s
	}
	return parts, nil
}

// Name returns the last segment of k, unescaped.
func (k Key) Name() (string, error) {
	return Unescape(string(k[strings.LastIndexByte(string(k), '/')+1:]))
}

// Valid returns ErrInvalid unless k is well formed and within the limits.
func (k Key) Valid() error {
	for part := range strings.SplitSeq(string(k), "/") {
		if len(part) > MaxSegmentBytes {
			return fmt.Errorf("%w: key segment %.40q… has %d bytes escaped, the limit is %d", ErrInvalid, part, len(part), MaxSegmentBytes)
		}
		if _, err := Unescape(part); err != nil {
			return err
		}
	}
	return checkLength(string(k))
}

func join(segments []string) (string, error) {
	if len(segments) == 0 {
		return "", fmt.Errorf("%w: a key needs at least one segment", ErrInvalid)
	}
	parts := make([]string, len(segments))
	for i, s := range segments {
		part, err := escapeChecked(s)
		if err != nil {
			return "", err
		}
		parts[i] = part
	}
	path := strings.Join(parts, "/")
	return path, checkLength(path)
}

func checkLength(path string) error {
	if len(path) > MaxKeyBytes {
		return fmt.Errorf("%w: key %.40q… has %d bytes, the limit is %d", ErrInvalid, path, len(path), MaxKeyBytes)
	}
	return nil
}

func escapeChecked(s string) (string, error) {
	part := Escape(s)
	if len(part) > MaxSegmentBytes {
		return "", fmt.Errorf("%w: name %.40q… has %d bytes escaped, the limit is %d", ErrInvalid, s, len(part), MaxSegmentBytes)
	}
	return part, nil
}
