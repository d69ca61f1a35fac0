package partitions_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/observe"
	"github.com/tenure-go/tenure/partitions"
)

const ttl = 5 * time.Second

// board notes who works on what, and fails the test on an overlap or on a token
// that does not rise.
type board struct {
	t *testing.T

	mu     sync.Mutex
	owner  map[string]string
	tokens map[string]uint64
	starts int
}

func newBoard(t *testing.T) *board {
	return &board{t: t, owner: map[string]string{}, tokens: map[string]uint64{}}
}

func (b *board) acquire(member string, c *partitions.Claim) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.starts++
	p := c.Partition()
	if other := b.owner[p]; other != "" {
		b.t.Errorf("%s starts %s while %s works on it", member, p, other)
	}
	if before := b.tokens[p]; before >= uint64(c.Token()) {
		b.t.Errorf("%s starts %s with token %d after %d", member, p, c.Token(), before)
	}
	b.owner[p], b.tokens[p] = member, uint64(c.Token())
}

func (b *board) lost(member string, c *partitions.Claim) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.owner[c.Partition()] != member {
		b.t.Errorf("%s loses %s, which %q owned", member, c.Partition(), b.owner[c.Partition()])
	}
	b.owner[c.Partition()] = ""
}

// counts returns how many partitions each member works on.
func (b *board) counts() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := map[string]int{}
	for _, m := range b.owner {
		if m != "" {
			n[m]++
		}
	}
	return n
}

type member struct {
	node *membership.Node
	done chan error
}

func (b *board) start(backend backends.Backend, name string, n int, log bool, change ...func(*partitions.Config)) *member {
	b.t.Helper()
	var observer observe.Observer
	if log {
		begun := time.Now()
		observer = observe.Func(func(e observe.Event) {
			if e.Level() > observe.Debug {
				b.t.Log(time.Since(begun), name, e.Name(), e.Fields())
			}
		})
	}
	node, err := membership.Join(b.t.Context(), backend, membership.Config{
		Name: name, TTL: ttl, Clock: membership.MonotonicClock(), Observer: observer,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	cfg := partitions.Config{
		Group: "g", Partitions: partitions.Count(n),
		OnAcquire: func(_ context.Context, c *partitions.Claim) error { b.acquire(name, c); return nil },
		OnLost:    func(_ context.Context, c *partitions.Claim, _ error) { b.lost(name, c) },
	}
	for _, f := range change {
		f(&cfg)
	}
	m := &member{node: node, done: make(chan error, 1)}
	go func() { m.done <- partitions.Run(context.Background(), node, cfg) }()
	return m
}

func (b *board) leave(m *member, options ...membership.LeaveOption) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := m.node.Leave(ctx, options...); err != nil {
		b.t.Errorf("leave: %v", err)
	}
	if err := <-m.done; !errors.Is(err, membership.ErrLeft) {
		b.t.Errorf("Run returned %v, want ErrLeft", err)
	}
}

func TestRun_SharesOutEvenlyAndFollowsJoinsAndLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		b := newBoard(t)
		a := b.start(store.Client("x"), "a", 12, true)
		time.Sleep(2 * time.Second)
		expect(t, b, map[string]int{"a": 12})
		c := b.start(store.Client("x"), "b", 12, true)
		d := b.start(store.Client("x"), "c", 12, false)
		time.Sleep(2 * time.Second)
		expect(t, b, map[string]int{"a": 4, "b": 4, "c": 4})
		b.leave(a)
		time.Sleep(time.Second)
		expect(t, b, map[string]int{"b": 6, "c": 6})
		b.leave(c)
		b.leave(d)
		expect(t, b, map[string]int{})
		if b.starts != 12+8+4+6 {
			t.Errorf("%d starts, want 30", b.starts)
		}
	})
}

func expect(t *testing.T, b *board, want map[string]int) {
	t.Helper()
	synctest.Wait()
	if got := b.counts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("owners %v, want %v", got, want)
	}
}
