package membership_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
)

// deaf is a store that counts writes and, while mute, loses their replies.
type deaf struct {
	backends.Backend
	mute   atomic.Bool
	writes atomic.Int64
	broken atomic.Bool // watches fail at their first event
}

func (d *deaf) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	events, err := d.Backend.Watch(ctx, silence, selectors...)
	if err != nil || !d.broken.Load() {
		return events, err
	}
	failed := make(chan backends.Event, 1)
	failed <- backends.Event{Kind: backends.Failed, Err: backends.ErrUnavailable}
	close(failed)
	return failed, nil
}

func (d *deaf) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	d.writes.Add(1)
	results, err := d.Backend.Write(ctx, writes...)
	if d.mute.Load() {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return results, err
}

// runner starts what it is told to and returns when it is stopped.
type runner struct {
	mu   sync.Mutex
	held map[string]*membership.Held
}

func (r *runner) Start(h *membership.Held) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil {
		r.held = map[string]*membership.Held{}
	}
	r.held[h.Name()] = h
}

func (r *runner) Stop(h *membership.Held, _ error) {
	r.mu.Lock()
	delete(r.held, h.Name())
	r.mu.Unlock()
	h.Return()
}

func (*runner) Refresh(context.Context) error { return nil }

func (r *runner) runs(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held[name] != nil
}

// pair joins nodes to one store. Each wants the claim x.
type pair struct {
	t     *testing.T
	store backends.Backend
	scope membership.Scope
}

const pairTTL = 6 * time.Second

func newPair(t *testing.T) *pair {
	t.Helper()
	dir, err := backends.NewDir("task", "claims")
	if err != nil {
		t.Fatal(err)
	}
	return &pair{t: t, store: memory.New(), scope: membership.Scope{Name: "task", Dir: dir, Follow: true}}
}

func (p *pair) join(name string, broken bool) (*membership.Keeper, *runner, *deaf) {
	p.t.Helper()
	wire, run := &deaf{Backend: p.store}, &runner{}
	wire.broken.Store(broken)
	node, err := membership.Join(p.t.Context(), wire, membership.Config{Name: name, TTL: pairTTL})
	if err != nil {
		p.t.Fatal(err)
	}
	keeper, err := node.Keep(p.scope, run)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		keeper.Wish(map[string]claim.Wish{"x": {}})
		ctx, cancel := context.WithTimeout(context.Background(), pairTTL)
		defer cancel()
		if err := node.Leave(ctx); err != nil {
			p.t.Error(err)
		}
	})
	keeper.Wish(map[string]claim.Wish{"x": {Want: true}})
	synctest.Wait()
	return keeper, run, wire
}

// TestKeeper_FalseAlarm plays two nodes that want one claim. The second tries
// to prove the first dead although it lives, and the reply to that is lost. It
// must not repeat that for as long as the first one lives, must not wait for it
// when it goes quiet, and must take the claim once it is released.
func TestKeeper_FalseAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ttl = pairTTL
		p := newPair(t)
		first, ranA, _ := p.join("a", false)
		second, ranB, wire := p.join("b", false)
		if !ranA.runs("x") || ranB.runs("x") {
			t.Fatal("the first node to want the claim does not run it alone")
		}

		wire.mute.Store(true)
		second.Try("x")
		time.Sleep(ttl / 2)
		wire.mute.Store(false)
		if wire.writes.Load() != 1 {
			t.Fatalf("a try made %d writes, want 1", wire.writes.Load())
		}
		time.Sleep(10 * ttl)
		if n := wire.writes.Load(); n != 1 {
			t.Errorf("%d writes in ten TTLs after one try, want no more", n-1)
		}

		second.Wish(map[string]claim.Wish{"x": {}})
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := second.Quiet(soon); err != nil {
			t.Errorf("does not go quiet: %v", err)
		}

		second.Wish(map[string]claim.Wish{"x": {Want: true}})
		first.Wish(map[string]claim.Wish{"x": {}})
		time.Sleep(ttl)
		if ranA.runs("x") || !ranB.runs("x") {
			t.Error("a released claim is not taken over within a TTL")
		}
	})
}

// A node that waits for a claim opens its watch again after that has failed, and
// so hears of the release.
func TestKeeper_OpensAFailedWatchAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		first, _, _ := p.join("a", false)
		_, ranB, wire := p.join("b", true)
		time.Sleep(pairTTL)
		wire.broken.Store(false)
		time.Sleep(pairTTL)
		first.Wish(map[string]claim.Wish{"x": {}})
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !ranB.runs("x") {
			t.Error("a claim is released, and who waits for it does not take it")
		}
	})
}
