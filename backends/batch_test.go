package backends_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
)

var small = backends.Capabilities{Store: "small", MaxValueBytes: 4, MaxDescriptionBytes: 3, MinTTL: time.Second, MaxTTL: time.Minute}

func TestCheckWrites(t *testing.T) {
	good := []backends.Write{{Key: "a", Value: []byte("1234")}, {Key: "b"}, {Key: "c", Expect: "7", Delete: true}}
	if err := backends.CheckWrites(small, good); err != nil {
		t.Errorf("good writes: %v", err)
	}
	if err := backends.CheckWrites(small, nil); err != nil {
		t.Errorf("no writes: %v", err)
	}
	for name, c := range map[string]struct {
		w    backends.Write
		says []string
	}{
		"key twice":               {backends.Write{Key: "a"}, []string{`"a"`, "twice"}},
		"malformed key":           {backends.Write{Key: "x//y"}, nil},
		"value too long":          {backends.Write{Key: "x", Value: []byte("12345")}, []string{"5 bytes", "is 4", "small"}},
		"delete without revision": {backends.Write{Key: "x", Delete: true}, []string{"revision"}},
	} {
		err := backends.CheckWrites(small, append(append([]backends.Write{}, good...), c.w))
		if !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
			continue
		}
		for _, part := range c.says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error does not say %q: %v", name, part, err)
			}
		}
	}
}

func TestCheckSession(t *testing.T) {
	for _, c := range []struct {
		spec backends.SessionSpec
		ok   bool
	}{
		{backends.SessionSpec{TTL: time.Second}, true},
		{backends.SessionSpec{TTL: time.Minute, Description: []byte("123")}, true},
		{backends.SessionSpec{TTL: time.Second - 1}, false},
		{backends.SessionSpec{TTL: time.Minute + 1}, false},
		{backends.SessionSpec{}, false},
		{backends.SessionSpec{TTL: -time.Second}, false},
		{backends.SessionSpec{TTL: time.Second, Description: []byte("1234")}, false},
	} {
		err := backends.CheckSession(small, c.spec)
		if c.ok && err != nil || !c.ok && !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("%+v: %v, want valid: %v", c.spec, err, c.ok)
		}
	}
}

func TestRoundTTL(t *testing.T) {
	for _, c := range []struct{ ttl, step, want time.Duration }{
		{2 * time.Second, time.Second, 2 * time.Second},
		{2*time.Second + 1, time.Second, 3 * time.Second},
		{1, time.Second, time.Second},
		{1500 * time.Millisecond, time.Nanosecond, 1500 * time.Millisecond},
	} {
		if got := backends.RoundTTL(c.ttl, c.step); got != c.want {
			t.Errorf("RoundTTL(%v, %v) = %v, want %v", c.ttl, c.step, got, c.want)
		}
	}
}

func TestNewSessionID(t *testing.T) {
	pattern, seen := regexp.MustCompile(`^[0-9a-f]{32}$`), map[backends.SessionID]bool{}
	for range 1000 {
		id := backends.NewSessionID()
		if !pattern.MatchString(string(id)) || seen[id] {
			t.Fatalf("the ID %q is malformed or came twice", id)
		}
		seen[id] = true
	}
}
