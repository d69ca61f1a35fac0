package redisstore

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/redisserver/redistest"
)

func TestRemaining_IsUnknownOnlyWithoutAnEnd(t *testing.T) {
	t.Parallel()
	for left, want := range map[int64]time.Duration{-1: 0, 0: time.Millisecond, 1: time.Millisecond, 1500: 1500 * time.Millisecond} {
		if got := remaining(left); got != want {
			t.Errorf("PTTL %d is %v, want %v", left, got, want)
		}
	}
}

func TestFitting_BoundsEveryScript(t *testing.T) {
	t.Parallel()
	sized := func(count, bytes int) []backends.Write {
		writes := make([]backends.Write, count)
		for i := range writes {
			writes[i].Value = make([]byte, bytes)
		}
		return writes
	}
	for _, test := range []struct{ count, bytes, want int }{
		{1, 0, 1}, {maxBatch, 0, maxBatch}, {maxBatch + 1, 0, maxBatch}, {5, maxValue, maxBytes / maxValue}, {2, maxBytes + 1, 1},
	} {
		if got := fitting(sized(test.count, test.bytes)); got != test.want {
			t.Errorf("%d of %d bytes: %d fit, want %d", test.count, test.bytes, got, test.want)
		}
	}
}

// Messages before a subscription are lost, so whoever listens looks once it is there;
// and with the last listener the subscription ends.
func TestHints_TellAllOnSubscription(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	h := newHints(client, "c")
	told := make(chan bool, 1)
	l := &listener{wants: func(string) bool { return false }, tell: func() {
		select {
		case told <- true:
		default:
		}
	}}
	h.add(l)
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Error("the listener was not told of the subscription")
	}
	h.remove(l)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.After(10 * time.Second); ; {
		channels, err := client.PubSubShardChannels(t.Context(), "*").Result()
		if err == nil && len(channels) == 0 {
			return
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("the subscription goes on without listeners: %q, %v", channels, err)
		}
	}
}

func TestWanted_IsWhatASelectorCovers(t *testing.T) {
	t.Parallel()
	s := &Store{session: "tenure:{n}:session:"}
	key, other := s.sessionKey("a-1"), s.sessionKey("b-2")
	for _, test := range []struct {
		selector   backends.Selector
		wants, not []string
	}{
		{backends.AllSessions(), []string{key, other}, []string{"d/k"}},
		{backends.OfSession("a-1"), []string{key}, []string{other, "d/k"}},
		{backends.InDir("d/"), []string{"d/k", "d/e/k"}, []string{"d", "dk", "e/d/k", key}},
		{backends.AtKey("d/k"), []string{"d/k"}, []string{"d/kk", "d", key}},
	} {
		wanted := s.wanted([]backends.Selector{test.selector, backends.AtKey("else")})
		for _, name := range test.wants {
			if !wanted(name) {
				t.Errorf("%+v does not want %q", test.selector, name)
			}
		}
		for _, name := range test.not {
			if wanted(name) {
				t.Errorf("%+v wants %q", test.selector, name)
			}
		}
	}
}
