package partitions_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
)

// A claim is revoked, and lost while its callback still finishes: OnLost comes
// once, and after the callback has returned.
func TestCallbacks_OnLostComesLast(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		var mu sync.Mutex
		var calls []string
		note := func(call string, c *partitions.Claim) {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, fmt.Sprintf("%s %d", call, c.Token()))
		}
		session := make(chan backends.SessionID, 2)
		a := b.start(store.Client("x"), "a", 1, false, func(c *partitions.Config) {
			c.OnAcquire = func(ctx context.Context, claim *partitions.Claim) error {
				note("begins", claim)
				session <- claim.Session()
				<-ctx.Done()
				time.Sleep(3 * ttl)
				note("ends", claim)
				return nil
			}
			c.OnLost = func(_ context.Context, claim *partitions.Claim, why error) {
				note("lost", claim)
				if !errors.Is(why, membership.ErrLost) {
					t.Errorf("OnLost is told %v, want ErrLost", why)
				}
			}
		})
		time.Sleep(2 * time.Second)
		c := b.start(store.Client("x"), "b", 1, false)
		time.Sleep(time.Second)
		must(t, admin(t, store).Pin(t.Context(), "0", "b")) // revoked
		time.Sleep(ttl)
		store.KillSession(<-session) // lost
		time.Sleep(6 * ttl)
		b.leave(a)
		b.leave(c)
		if want := []string{"begins 1", "ends 1", "lost 1"}; !slices.Equal(calls, want) {
			t.Errorf("calls %q, want %q", calls, want)
		}
	})
}

// Unless asked to, nobody starts a partition beside a callback that is stuck.
func TestStuckCallbackKeepsItsPartition(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		release := make(chan struct{})
		a := b.start(store.Client("x"), "a", 1, false, func(c *partitions.Config) {
			c.DrainTimeout = 2 * time.Second
			c.OnAcquire = func(_ context.Context, claim *partitions.Claim) error {
				b.acquire("a", claim)
				<-release
				return nil
			}
		})
		time.Sleep(2 * time.Second)
		c := b.start(store.Client("x"), "b", 1, false)
		time.Sleep(time.Second)
		must(t, admin(t, store).Pin(t.Context(), "0", "b"))
		time.Sleep(4 * ttl)
		expect(t, b, map[string]int{"a": 1})
		close(release)
		time.Sleep(3 * ttl)
		expect(t, b, map[string]int{"b": 1})
		b.leave(a)
		b.leave(c)
	})
}
