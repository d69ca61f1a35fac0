package membership

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership/claim"
)

// The formula is that of docs/guarantees.md.
func TestTrust_IsTheDocumentedFormula(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rho               float64
		step, margin, has time.Duration
		want              time.Duration
	}{
		{0.01, 0, 500 * time.Millisecond, 10 * time.Second, 9400 * time.Millisecond},
		{0.25, 0, time.Second, 8 * time.Second, 5 * time.Second},
		{0.25, 2 * time.Second, time.Second, 16 * time.Second, 9 * time.Second},
	} {
		cfg := Config{ClockError: test.rho, ClockStep: test.step, Margin: test.margin}
		if got := cfg.trust(test.has); got != test.want {
			t.Errorf("rate %v, step %v, margin %v: %v of %v are trusted, want %v", test.rho, test.step, test.margin, got, test.has, test.want)
		}
	}
}

// slow is a store whose answers about sessions take their time.
type slow struct {
	backends.Backend
	answer time.Duration
	lost   atomic.Bool // renewals say that the session is lost
	closed atomic.Int64
}

func (s *slow) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	session, renewal, err := s.Backend.OpenSession(ctx, spec)
	time.Sleep(s.answer)
	return slowSession{session, s}, renewal, err
}

type slowSession struct {
	backends.Session
	store *slow
}

func (s slowSession) Renew(ctx context.Context) (backends.Renewal, error) {
	renewal, err := s.Session.Renew(ctx)
	time.Sleep(s.store.answer)
	if s.store.lost.Swap(false) {
		return backends.Renewal{}, backends.ErrSessionLost
	}
	return renewal, err
}

func (s slowSession) Close(ctx context.Context) error {
	s.store.closed.Add(1)
	return s.Session.Close(ctx)
}

// joinSlow joins a store whose answers take a second, with a TTL of 6 s.
func joinSlow(t *testing.T) (*slow, *Node) {
	t.Helper()
	store := &slow{Backend: memory.New(), answer: time.Second}
	node, err := Join(t.Context(), store, Config{Name: "a", TTL: 6 * time.Second, Clock: MonotonicClock()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := node.Leave(ctx); err != nil {
			t.Error(err)
		}
	})
	return store, node
}

// The store counts from some moment of the call on, the node from before it.
func TestWindow_CountsFromBeforeTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, node := joinSlow(t)
		want := node.cfg.trust(node.cfg.TTL) - store.answer
		inc, _ := node.Incarnation()
		if got := inc.Left(); got != want {
			t.Errorf("%v are left after the opening, want %v", got, want)
		}
		time.Sleep(node.cfg.every() + store.answer)
		synctest.Wait()
		if got := inc.Left(); got != want {
			t.Errorf("%v are left after the first renewal, want %v", got, want)
		}
	})
}

// keeps is a handler that goes on after it was stopped, until it is told to end.
type keeps struct {
	started chan *Held
	ends    atomic.Bool // callbacks return when they are stopped
}

func (k *keeps) Start(h *Held) { k.started <- h }

func (k *keeps) Stop(h *Held, _ error) {
	if k.ends.Load() {
		h.Return()
	}
}

func (*keeps) Refresh(context.Context) error { return nil }

// As long as a callback of a lost session runs, only the session's expiry may
// let others start: closing it would let them start at once.
func TestRetire_WaitsForTheCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, node := joinSlow(t)
		dir, err := backends.NewDir("task")
		if err != nil {
			t.Fatal(err)
		}
		run := &keeps{started: make(chan *Held, 2)}
		keeper, err := node.Keep(Scope{Name: "task", Dir: dir, Follow: true}, run)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(keeper.Withdraw)
		keeper.Wish(map[string]claim.Wish{"x": {Want: true}})
		held := <-run.started
		store.lost.Store(true)
		time.Sleep(2 * node.cfg.TTL)
		if held.Check() == nil {
			t.Fatal("the session is not lost")
		}
		if n := store.closed.Load(); n != 0 {
			t.Errorf("a lost session was closed %d times while its callback runs", n)
		}
		run.ends.Store(true)
		held.Return()
		synctest.Wait()
		if n := store.closed.Load(); n != 1 {
			t.Errorf("the lost session was closed %d times after its callback has returned, want once", n)
		}
	})
}
