package etcd

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/tenure-go/tenure/backends"
)

func TestNewEnough(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"3.4.99": false, "3.5.22": false, "3.5.23": true, "3.5.100": true, "3.6.0": false, "3.6.4": false, "3.6.5": true,
		"3.6.16": true, "3.7.0": true, "3.7.0-rc.1": true, "4.0.0": true, "2.3.8": false, "v3.6.5": true,
		"": false, "3.6": false, "3.6.x": false, "not a version": false,
	} {
		if got := newEnough(version); got != want {
			t.Errorf("newEnough(%q) = %v, want %v", version, got, want)
		}
	}
}

func TestRootOf(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]string{
		"": "tenure/", "a": "a/", "a/b": "a/b/", "a b": "a%20b/", "..": "%2E%2E/", "a%2Fb": "a%252Fb/",
		"recordsx": "recordsx/", strings.Repeat("a", MaxPrefixBytes): strings.Repeat("a", MaxPrefixBytes) + "/",
	} {
		if got, err := rootOf(prefix); got != want || err != nil {
			t.Errorf("rootOf(%q) = %q, %v, want %q", prefix, got, err, want)
		}
	}
	for _, prefix := range []string{"/", "a/", "/a", "a//b", "records", "a/records", "a/sessions/b", strings.Repeat("a", MaxPrefixBytes+1)} {
		if got, err := rootOf(prefix); !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("rootOf(%q) = %q, %v, want ErrInvalid", prefix, got, err)
		}
	}
}

func TestModRevision_OnlyWhatRevisionMakes(t *testing.T) {
	t.Parallel()
	for in, want := range map[backends.Revision]int64{
		backends.Absent: 0, "1": 1, "9223372036854775807": 1<<63 - 1,
		"0": -1, "-1": -1, "+1": -1, "01": -1, "1a": -1, "1.0": -1, "9223372036854775808": -1, "x": -1,
	} {
		if got := modRevision(in); got != want {
			t.Errorf("modRevision(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestBySize_StaysWithinTheLimits(t *testing.T) {
	t.Parallel()
	s := &Store{root: "tenure/"}
	for name, sizes := range map[string][]int{
		"small":          make([]int, 1000),
		"one hundred":    make([]int, maxBatch),
		"a hundred more": make([]int, maxBatch+1),
		"big":            {1 << 20, 1 << 20, 0, 1 << 19, 1 << 19, 1 << 19, 10, 10},
		"none":           nil,
	} {
		writes := make([]backends.Write, len(sizes))
		for i, size := range sizes {
			writes[i] = backends.Write{Key: backends.Key(fmt.Sprint(i)), Value: make([]byte, size)}
		}
		next := 0
		for _, c := range s.bySize(writes) {
			if c.begin != next || c.end <= c.begin || c.end-c.begin > maxBatch {
				t.Errorf("%s: span %+v after item %d", name, c, next)
			}
			total := 0
			for _, w := range writes[c.begin:c.end] {
				total += len(w.Value)
			}
			if total > maxRequest && c.end-c.begin > 1 {
				t.Errorf("%s: %d items share %d bytes", name, c.end-c.begin, total)
			}
			next = c.end
		}
		if next != len(writes) {
			t.Errorf("%s: %d of %d items are in a span", name, next, len(writes))
		}
	}
}

func TestBySize_CountsConditions(t *testing.T) {
	t.Parallel()
	s := &Store{root: "tenure/"}
	for name, test := range map[string]struct {
		sessions, spans int // how many there are in turn, and what that comes to
	}{
		"a session each": {300, 5}, "one session": {1, 3}, "thirty sessions": {30, 4},
	} {
		writes := make([]backends.Write, 300)
		for i := range writes {
			writes[i] = backends.Write{Key: backends.Key(fmt.Sprint(i)), IfDead: backends.SessionID(fmt.Sprint(i % test.sessions))}
		}
		spans := s.bySize(writes)
		if len(spans) != test.spans {
			t.Errorf("%s: %d spans, want %d", name, len(spans), test.spans)
		}
		for _, c := range spans {
			open := make([]int, c.end-c.begin)
			for i := range open {
				open[i] = i
			}
			b := s.batch(writes[c.begin:c.end], open)
			if len(b.conditions) > maxConditions || len(b.looks) > maxConditions || len(b.changes) != len(open) {
				t.Errorf("%s: span %+v has %d conditions, %d looks, %d changes", name, c, len(b.conditions), len(b.looks), len(b.changes))
			}
		}
	}
}

func TestFollowing_LeavesOutWhatIsCovered(t *testing.T) {
	t.Parallel()
	s := &Store{root: "r/"}
	inside, other := backends.AtKey("d/e/k"), backends.AtKey("d2/k")
	for name, test := range map[string]struct {
		selectors []backends.Selector
		want      string
	}{
		"key in directory":   {[]backends.Selector{inside, backends.InDir("d/"), other}, "[r/records/d/ r/records/d2/k]"},
		"directory first":    {[]backends.Selector{backends.InDir("d/"), inside, backends.InDir("d/e/")}, "[r/records/d/]"},
		"the same twice":     {[]backends.Selector{inside, inside}, "[r/records/d/e/k]"},
		"session of all":     {[]backends.Selector{backends.OfSession("s"), backends.AllSessions()}, "[r/sessions/]"},
		"a key is no prefix": {[]backends.Selector{backends.AtKey("d"), backends.AtKey("d/e")}, "[r/records/d r/records/d/e]"},
	} {
		follows, err := s.following(test.selectors)
		var keys []string
		for _, f := range follows {
			keys = append(keys, f.key)
		}
		if got := fmt.Sprint(keys); err != nil || got != test.want {
			t.Errorf("%s: %v, %v, want %v", name, got, err, test.want)
		}
	}
	for name, selectors := range map[string][]backends.Selector{"none": nil, "empty": {inside, {}}} {
		if _, err := s.following(selectors); !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		native  error
		want    error
		refused bool
	}{
		{rpctypes.ErrPermissionDenied, backends.ErrDenied, true},
		{rpctypes.ErrAuthFailed, backends.ErrDenied, true},
		{rpctypes.ErrUserEmpty, backends.ErrDenied, true},
		{rpctypes.ErrInvalidAuthToken, backends.ErrUnavailable, true},
		{rpctypes.ErrAuthOldRevision, backends.ErrUnavailable, true},
		{rpctypes.ErrRequestTooLarge, backends.ErrInvalid, true},
		{rpctypes.ErrTooManyOps, backends.ErrInvalid, true},
		{rpctypes.ErrTooManyRequests, backends.ErrUnavailable, true},
		{rpctypes.ErrNoSpace, backends.ErrUnavailable, false},
		{rpctypes.ErrTimeout, backends.ErrUnavailable, false},
		{rpctypes.ErrLeaderChanged, backends.ErrUnavailable, false},
		{rpctypes.ErrNoLeader, backends.ErrUnavailable, false},
		{rpctypes.ErrCompacted, backends.ErrCompacted, false},
		{rpctypes.ErrLeaseNotFound, backends.ErrSessionLost, false},
		{status.Error(codes.Unimplemented, "unknown service"), backends.ErrUnsupported, false},
		{status.Error(codes.Unavailable, "connection refused"), backends.ErrUnavailable, false},
		{errors.New("anything else"), backends.ErrUnavailable, false},
	} {
		err := wrap("test", test.native)
		if !errors.Is(err, test.want) || !errors.Is(err, test.native) {
			t.Errorf("%v became %v, want %v with the native error", test.native, err, test.want)
		}
		if got := refused(test.native); got != test.refused {
			t.Errorf("refused(%v) = %v, want %v", test.native, got, test.refused)
		}
	}
}
