package partitions_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions"
)

// bubble runs f with a store and a board in virtual time.
func bubble(t *testing.T, f func(t *testing.T, store *memory.Store, b *board)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, memory.NewStore(), newBoard(t)) })
}

func admin(t *testing.T, store *memory.Store) *partitions.Admin {
	t.Helper()
	a, err := partitions.NewAdmin(store.Client("x"), "g")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// of returns the partitions that the member works on, in order.
func (b *board) of(member string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for p, m := range b.owner {
		if m == member {
			names = append(names, p)
		}
	}
	slices.Sort(names)
	return names
}

func (b *board) token(p string) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tokens[p]
}

func TestOperatorsPinExcludeDrainAndPause(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		a := b.start(store.Client("x"), "a", 6, false)
		c := b.start(store.Client("x"), "b", 6, false)
		time.Sleep(2 * time.Second)
		op := admin(t, store)
		must(t, op.Pin(t.Context(), "0", "b"))
		must(t, op.Pin(t.Context(), "1", "b"))
		time.Sleep(time.Second)
		if got := b.of("b"); len(got) != 3 || !slices.Contains(got, "0") || !slices.Contains(got, "1") {
			t.Errorf("b owns %v, want 3 with 0 and 1, which are pinned there", got)
		}
		must(t, op.Pin(t.Context(), "0", ""))
		must(t, op.Pin(t.Context(), "1", ""))
		must(t, op.Exclude(t.Context(), "b", "0", "1"))
		time.Sleep(time.Second)
		if got := b.of("a"); len(got) != 3 || !slices.Contains(got, "0") || !slices.Contains(got, "1") {
			t.Errorf("a owns %v, want 3 with 0 and 1, from which b is excluded", got)
		}
		must(t, op.Exclude(t.Context(), "b"))
		must(t, op.Drain(t.Context(), "a", true))
		time.Sleep(time.Second)
		expect(t, b, map[string]int{"b": 6})
		must(t, op.Pause(t.Context(), true))
		must(t, op.Drain(t.Context(), "a", false))
		time.Sleep(time.Second)
		expect(t, b, map[string]int{"b": 6}) // paused: nothing moves for balance
		must(t, op.Pause(t.Context(), false))
		time.Sleep(time.Second)
		expect(t, b, map[string]int{"a": 3, "b": 3})
		if err := op.Pin(t.Context(), "77", "a"); !errors.Is(err, partitions.ErrInvalidConfig) {
			t.Errorf("pin of a partition that is not there: %v", err)
		}
		b.leave(a)
		b.leave(c)
	})
}

func TestPartitionsGrowAndShrink(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		a := b.start(store.Client("x"), "a", 3, false)
		time.Sleep(2 * time.Second)
		op := admin(t, store)
		must(t, op.Resize(t.Context(), "0", "1", "2", "extra", "more"))
		time.Sleep(2 * time.Second)
		expect(t, b, map[string]int{"a": 5})
		token := b.token("1")
		must(t, op.Resize(t.Context(), "0", "extra"))
		time.Sleep(2 * time.Second)
		if got := b.of("a"); !slices.Equal(got, []string{"0", "extra"}) {
			t.Errorf("a owns %v, want what is in use", got)
		}
		must(t, op.Resize(t.Context(), "0", "1"))
		time.Sleep(2 * time.Second)
		if got := b.of("a"); !slices.Equal(got, []string{"0", "1"}) || b.token("1") <= token {
			t.Errorf("a owns %v, 1 under token %d after %d; want 0 and 1 with a larger token", got, b.token("1"), token)
		}
		b.leave(a)
	})
}

func TestDiscoveredPartitions(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		var mu sync.Mutex
		names := []string{"red", "green"}
		discover := func(c *partitions.Config) {
			c.DiscoverEvery = 10 * time.Second
			c.Partitions = partitions.Discover(func(context.Context) ([]string, error) {
				mu.Lock()
				defer mu.Unlock()
				if names == nil {
					return nil, errors.New("the catalogue is away")
				}
				return slices.Clone(names), nil
			})
		}
		a := b.start(store.Client("x"), "a", 0, false, discover)
		time.Sleep(2 * time.Second)
		expect(t, b, map[string]int{"a": 2})
		mu.Lock()
		names = []string{"green", "blue", "yellow"}
		mu.Unlock()
		time.Sleep(30 * time.Second)
		if got := b.of("a"); !slices.Equal(got, []string{"blue", "green", "yellow"}) {
			t.Errorf("a owns %v, want what was discovered", got)
		}
		mu.Lock()
		names = nil
		mu.Unlock()
		time.Sleep(30 * time.Second)
		expect(t, b, map[string]int{"a": 3}) // a discovery that fails changes nothing
		b.leave(a)
	})
}

func TestSeveralGroupsOnOneNode(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, _ *board) {
		node, err := membership.Join(t.Context(), store.Client("x"), membership.Config{Name: "a", TTL: ttl, Clock: membership.MonotonicClock()})
		must(t, err)
		var groups []*partitions.Group
		for i := range 3 {
			g, err := partitions.Join(t.Context(), node, partitions.Config{
				Group: fmt.Sprint("g", i), Partitions: partitions.Count(4),
				OnAcquire: func(context.Context, *partitions.Claim) error { return nil },
			})
			must(t, err)
			groups = append(groups, g)
		}
		time.Sleep(2 * time.Second)
		for i, g := range groups {
			if g.Owned() != 4 {
				t.Errorf("group %d: %d owned, want 4", i, g.Owned())
			}
		}
		if s := node.Status(); s.Claims != 15 || !s.Healthy { // 12 partitions and 3 coordinators
			t.Errorf("status %+v, want 15 claims and healthy", s)
		}
		members, err := membership.Members(t.Context(), store.Client("x"))
		if err != nil || len(members) != 1 || members[0].Name != "a" {
			t.Errorf("members %+v, %v; want one session", members, err)
		}
		must(t, node.Leave(t.Context()))
	})
}

func TestPullStyle(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		node, err := membership.Join(t.Context(), store.Client("x"), membership.Config{Name: "a", TTL: ttl, Clock: membership.MonotonicClock()})
		must(t, err)
		g, err := partitions.Join(t.Context(), node, partitions.Config{Group: "g", Partitions: partitions.Count(8)})
		must(t, err)
		pull := func() (kinds map[partitions.Kind]int, all []partitions.Change) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			kinds = map[partitions.Kind]int{}
			for {
				changes, err := g.Changes(ctx)
				if err != nil {
					return kinds, all
				}
				for _, c := range changes {
					kinds[c.Kind]++
					all = append(all, c)
				}
			}
		}
		if kinds, _ := pull(); kinds[partitions.Acquired] != 8 || len(g.Claims()) != 8 {
			t.Errorf("changes %v and %d claims, want 8 acquired", kinds, len(g.Claims()))
		}
		other := b.start(store.Client("x"), "b", 8, false)
		kinds, all := pull()
		if kinds[partitions.Revoked] != 4 {
			t.Errorf("changes %v, want 4 revoked", kinds)
		}
		expect(t, b, map[string]int{}) // nothing goes over before Return
		for _, c := range all {
			if c.Claim.Check() != nil {
				t.Errorf("%s is revoked and not held", c.Claim.Partition())
			}
			c.Claim.Return()
			if c.Claim.Check() == nil {
				t.Errorf("%s is returned and held", c.Claim.Partition())
			}
		}
		time.Sleep(time.Second)
		expect(t, b, map[string]int{"b": 4})
		for _, c := range g.Claims() {
			go func() {
				<-c.Context().Done()
				c.Return()
			}()
		}
		must(t, node.Leave(t.Context()))
		b.leave(other)
	})
}

func TestPositionsAreFencedByTheToken(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		var mu sync.Mutex
		claims := map[string][]*partitions.Claim{}
		keep := func(c *partitions.Config) {
			c.OnAcquire = func(_ context.Context, claim *partitions.Claim) error {
				mu.Lock()
				defer mu.Unlock()
				claims[claim.Partition()] = append(claims[claim.Partition()], claim)
				return nil
			}
			c.OnLost = func(ctx context.Context, claim *partitions.Claim, why error) {
				if errors.Is(why, membership.ErrRevoked) {
					if err := claim.Save(ctx, []byte("saved while revoked")); err != nil {
						t.Errorf("save while revoked: %v", err)
					}
				}
			}
		}
		a := b.start(store.Client("x"), "a", 1, false, keep)
		time.Sleep(2 * time.Second)
		claimed := func(i int) *partitions.Claim {
			mu.Lock()
			defer mu.Unlock()
			return claims["0"][i]
		}
		first := claimed(0)
		if data, err := first.Load(t.Context()); err != nil || data != nil {
			t.Errorf("first Load: %q, %v", data, err)
		}
		must(t, first.Save(t.Context(), []byte("one")))
		c := b.start(store.Client("x"), "b", 1, false, keep)
		time.Sleep(time.Second)
		must(t, admin(t, store).Pin(t.Context(), "0", "b"))
		time.Sleep(time.Second)
		second := claimed(1)
		if second.Token() <= first.Token() {
			t.Fatalf("token %d after %d", second.Token(), first.Token())
		}
		if data, err := second.Load(t.Context()); err != nil || string(data) != "saved while revoked" {
			t.Errorf("Load by the next owner: %q, %v", data, err)
		}
		if err := first.Save(t.Context(), []byte("late")); err == nil {
			t.Error("the earlier owner could save")
		}
		b.leave(a)
		b.leave(c)
	})
}

func TestStuckCallbackIsAbandonedOnRequest(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		release := make(chan struct{})
		lost := make(chan error, 1)
		a := b.start(store.Client("x"), "a", 1, false, func(c *partitions.Config) {
			c.DrainTimeout, c.OnStuck = 2*time.Second, partitions.StuckAbandon
			c.OnAcquire = func(_ context.Context, claim *partitions.Claim) error {
				<-claim.HeldContext().Done()
				lost <- context.Cause(claim.HeldContext())
				<-release
				return nil
			}
			c.OnLost = nil
		})
		time.Sleep(2 * time.Second)
		c := b.start(store.Client("x"), "b", 1, false)
		time.Sleep(time.Second)
		must(t, admin(t, store).Pin(t.Context(), "0", "b"))
		time.Sleep(5 * time.Second)
		expect(t, b, map[string]int{"b": 1})
		select {
		case err := <-lost:
			if !errors.Is(err, membership.ErrLost) {
				t.Errorf("the stuck callback was told %v, want ErrLost", err)
			}
		default:
			t.Error("the stuck callback was not told that its claim is lost")
		}
		close(release)
		b.leave(a)
		b.leave(c)
	})
}

func TestPrepareIsCalledBeforeAPartitionArrives(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		a := b.start(store.Client("x"), "a", 2, false, func(c *partitions.Config) {
			acquire := c.OnAcquire
			c.OnAcquire = func(ctx context.Context, claim *partitions.Claim) error {
				_ = acquire(ctx, claim)
				<-ctx.Done()
				time.Sleep(3 * time.Second) // a slow drain
				return nil
			}
		})
		time.Sleep(2 * time.Second)
		var mu sync.Mutex
		prepared := map[string]time.Time{}
		acquired := map[string]time.Time{}
		c := b.start(store.Client("x"), "b", 2, false, func(c *partitions.Config) {
			c.OnPrepare = func(ctx context.Context, p string) {
				mu.Lock()
				prepared[p] = time.Now()
				mu.Unlock()
				<-ctx.Done()
			}
			acquire := c.OnAcquire
			c.OnAcquire = func(ctx context.Context, claim *partitions.Claim) error {
				mu.Lock()
				acquired[claim.Partition()] = time.Now()
				mu.Unlock()
				return acquire(ctx, claim)
			}
		})
		time.Sleep(10 * time.Second)
		mu.Lock()
		for p, at := range acquired {
			if warm := at.Sub(prepared[p]); warm < 2*time.Second || warm > 4*time.Second {
				t.Errorf("%s arrived %v after it was announced, want the 3 s of the drain", p, warm)
			}
		}
		if len(acquired) != 1 {
			t.Errorf("%d acquired, want 1", len(acquired))
		}
		mu.Unlock()
		b.leave(a)
		b.leave(c)
	})
}

func TestOwnersAreSeenFromOutside(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		outside := store.Client("x")
		if _, err := partitions.Owners(t.Context(), outside, "g"); !errors.Is(err, partitions.ErrNoGroup) {
			t.Errorf("owners of no group: %v", err)
		}
		a := b.start(store.Client("x"), "a", 4, false)
		c := b.start(store.Client("x"), "idle", 4, false, func(c *partitions.Config) { c.MaxPartitions = 1 })
		time.Sleep(100 * time.Millisecond) // the group is there, and not settled
		o, err := partitions.WaitSettled(t.Context(), outside, "g")
		if err != nil || o.Unowned != 0 || o.Members["a"] != 3 || o.Members["idle"] != 1 {
			t.Errorf("settled %+v, %v", o, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		seen := make(chan partitions.Ownership, 100)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for o, err := range partitions.WatchOwners(ctx, outside, "g") {
				if err == nil {
					seen <- o
				}
			}
		}()
		b.leave(c)
		time.Sleep(2 * time.Second)
		cancel()
		<-ended
		close(seen)
		var last partitions.Ownership
		for o := range seen {
			last = o
		}
		if last.Members["a"] != 4 || !last.Settled {
			t.Errorf("last seen %+v, want all with a", last)
		}
		b.leave(a)
	})
}

func TestTwoMembersWithOneNameBothWork(t *testing.T) {
	bubble(t, func(t *testing.T, store *memory.Store, b *board) {
		var warned atomic.Int32
		watch := func(e observe.Event) {
			if _, ok := e.(observe.DuplicateName); ok {
				warned.Add(1)
			}
		}
		var nodes []*membership.Node
		var groups []*partitions.Group
		for range 2 {
			node, err := membership.Join(t.Context(), store.Client("x"), membership.Config{
				Name: "twin", TTL: ttl, Clock: membership.MonotonicClock(), Observer: observe.Func(watch),
			})
			must(t, err)
			g, err := partitions.Join(t.Context(), node, partitions.Config{
				Group: "g", Partitions: partitions.Count(4), OnAcquire: func(context.Context, *partitions.Claim) error { return nil },
			})
			must(t, err)
			nodes, groups = append(nodes, node), append(groups, g)
		}
		time.Sleep(10 * ttl)
		if groups[0].Owned() != 2 || groups[1].Owned() != 2 || warned.Load() != 1 {
			t.Errorf("own %d and %d, warned %d times; want 2 each and one warning", groups[0].Owned(), groups[1].Owned(), warned.Load())
		}
		for _, node := range nodes {
			must(t, node.Leave(t.Context()))
		}
	})
}
