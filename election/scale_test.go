package election_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/membership"
)

// counting counts what goes to the store.
type counting struct {
	backends.Backend
	claims, renewals, calls *atomic.Int64
	dead                    atomic.Bool // the network is gone
}

func (c *counting) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	c.calls.Add(1)
	for _, w := range writes {
		if name, _ := w.Key.Name(); name == "claim" {
			c.claims.Add(1)
		}
	}
	if c.dead.Load() {
		<-ctx.Done()
		return nil, backends.ErrUnavailable
	}
	return c.Backend.Write(ctx, writes...)
}

func (c *counting) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	c.calls.Add(1)
	return c.Backend.Read(ctx, keys...)
}

func (c *counting) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	c.calls.Add(1)
	return c.Backend.Sessions(ctx)
}

func (c *counting) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	s, r, err := c.Backend.OpenSession(ctx, spec)
	return countedSession{s, c}, r, err
}

type countedSession struct {
	backends.Session
	c *counting
}

func (s countedSession) Renew(ctx context.Context) (backends.Renewal, error) {
	s.c.renewals.Add(1)
	if s.c.dead.Load() {
		<-ctx.Done()
		return backends.Renewal{}, backends.ErrUnavailable
	}
	return s.Session.Renew(ctx)
}

func TestThousandCandidatesDoNotStampede(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: a thousand candidates")
	}
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		var claims, renewals, calls atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		nodes := make([]*membership.Node, 1000)
		stores := make([]*counting, len(nodes))
		done := make(chan error, len(nodes))
		for i := range nodes {
			stores[i] = &counting{Backend: store.Client("test"), claims: &claims, renewals: &renewals, calls: &calls}
			node, err := membership.Join(ctx, stores[i], membership.Config{Name: fmt.Sprint("n", i), TTL: ttl, Clock: membership.MonotonicClock()})
			if err != nil {
				t.Fatal(err)
			}
			nodes[i] = node
			go func() {
				done <- election.Run(ctx, node, "job", func(ctx context.Context, _ election.Term) error {
					<-ctx.Done()
					return nil
				})
			}()
		}
		time.Sleep(2 * ttl)
		leader := func() *membership.Node {
			l, err := election.Lookup(ctx, store.Client("test"), "job")
			if err != nil {
				t.Fatal(err)
			}
			for i, node := range nodes {
				if node.Name() == l.Member {
					if node.Err() != nil {
						t.Fatalf("%s leads without a session", l.Member)
					}
					_ = i
					return node
				}
			}
			return nil
		}
		first := leader()
		for i, node := range nodes {
			if node == first {
				stores[i].dead.Store(true) // the leader's network is gone
			}
		}
		claims.Store(0)
		time.Sleep(2*ttl + time.Second)
		second := leader()
		if second == first {
			t.Fatal("the dead leader leads")
		}
		t.Logf("%d writes to the claim after the leader died, by 999 candidates", claims.Load())
		if n := claims.Load(); n > 30 {
			t.Errorf("%d writes to the claim when the leader died, want a handful", n)
		}
		claims.Store(0)
		leave(t, second)
		time.Sleep(ttl)
		if n := claims.Load(); n > 30 {
			t.Errorf("%d writes to the claim when the leader left, want a handful", n)
		}
		leader()
		cancel()
		for range nodes {
			if err := <-done; !errors.Is(err, context.Canceled) && !errors.Is(err, membership.ErrLeft) {
				t.Errorf("Run returned %v", err)
			}
		}
		for i, node := range nodes {
			stores[i].dead.Store(false)
			if node != second {
				_ = node.Leave(context.Background()) // the first has lost its session
			}
		}
		time.Sleep(3 * ttl)
	})
}

func TestOneNodeInManyElectionsRenewsOnce(t *testing.T) {
	n := 10000
	if testing.Short() {
		n = 200
	}
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		var claims, renewals, calls atomic.Int64
		b := &counting{Backend: store.Client("test"), claims: &claims, renewals: &renewals, calls: &calls}
		node, err := membership.Join(t.Context(), b, membership.Config{Name: "a", TTL: ttl, Clock: membership.MonotonicClock()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var leading atomic.Int64
		done := make(chan error, n)
		for i := range n {
			go func() {
				done <- election.Run(ctx, node, fmt.Sprint("job", i), func(ctx context.Context, _ election.Term) error {
					leading.Add(1)
					<-ctx.Done()
					return nil
				})
			}()
		}
		time.Sleep(2 * ttl)
		if leading.Load() != int64(n) {
			t.Fatalf("leads %d of %d elections", leading.Load(), n)
		}
		renewals.Store(0)
		calls.Store(0)
		time.Sleep(10 * ttl)
		t.Logf("in 10 TTLs: %d renewals and %d other calls for %d elections", renewals.Load(), calls.Load(), n)
		if renewals.Load() > 31 || calls.Load() > 31 {
			t.Errorf("%d renewals and %d other calls in 10 TTLs, want about 30 renewals", renewals.Load(), calls.Load())
		}
		cancel()
		for range n {
			if err := <-done; !errors.Is(err, context.Canceled) && !errors.Is(err, membership.ErrLeft) {
				t.Errorf("Run returned %v", err)
			}
		}
		leave(t, node)
	})
}

func TestResigningToACandidateThatWithdrew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		a, b, c := join(t, store, "a"), join(t, store, "b"), join(t, store, "c")
		ca, err := election.New(a, "job")
		if err != nil {
			t.Fatal(err)
		}
		term, err := ca.Campaign(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		cb, err := election.New(b, "job")
		if err != nil {
			t.Fatal(err)
		}
		standing, withdraw := context.WithCancel(t.Context())
		withdrawn := make(chan error, 1)
		go func() {
			_, err := cb.Campaign(standing)
			withdrawn <- err
		}()
		time.Sleep(ttl) // b is the only candidate that a knows
		led := make(chan election.Term, 1)
		cc, err := election.New(c, "job")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if term, err := cc.Campaign(t.Context()); err == nil {
				led <- term
			}
		}()
		withdraw()
		if err := term.Resign(t.Context()); err != nil { // and names b
			t.Fatal(err)
		}
		if err := <-withdrawn; !errors.Is(err, context.Canceled) {
			t.Errorf("the candidate that withdrew returned %v", err)
		}
		select {
		case next := <-led:
			if next.Token() <= term.Token() {
				t.Errorf("token %d after %d", next.Token(), term.Token())
			}
			if err := next.Resign(t.Context()); err != nil {
				t.Error(err)
			}
		case <-time.After(2 * ttl):
			t.Error("nobody leads two TTLs after the leader resigned to a candidate that withdrew")
		}
		for _, node := range []*membership.Node{a, b, c} {
			leave(t, node)
		}
	})
}
