package membership

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// stopped is a clock whose timers never fire, like those of a process that is
// stopped.
type stopped struct {
	mu  sync.Mutex
	now time.Duration
}

func (s *stopped) Now() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stopped) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now += d
}

func (*stopped) AfterFunc(time.Duration, func()) Timer { return never{} }

type never struct{}

func (never) Stop() bool { return true }

func open(clock Clock, d time.Duration) (*window, context.Context) {
	ctx, cancel := context.WithCancelCause(context.Background())
	return newWindow(clock, clock.Now()+d, cancel), trusted{ctx, nil}.Context
}

func TestWindow_ErrLooksAtTheClockBeforeItAnswersNil(t *testing.T) {
	clock := &stopped{}
	w, raw := open(clock, 5*time.Second)
	ctx := trusted{raw, w}
	child, cancel := context.WithCancel(ctx)
	defer cancel()
	if ctx.Err() != nil || w.check() != nil {
		t.Fatal("closed at once")
	}
	clock.advance(5 * time.Second) // no timer fires
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("Err after the window: %v, want context.Canceled", ctx.Err())
	}
	select {
	case <-ctx.Done():
	default:
		t.Error("Err is not nil and Done is open")
	}
	if !errors.Is(context.Cause(ctx), ErrTrustEnded) || !errors.Is(context.Cause(ctx), ErrLost) {
		t.Errorf("cause %v, want ErrLost and ErrTrustEnded", context.Cause(ctx))
	}
	if child.Err() == nil {
		t.Error("a derived context is open after its parent's Err was asked")
	}
	if _, has := ctx.Deadline(); has {
		t.Error("the context has a deadline")
	}
}

func TestWindow_LateReplyExtendsNothing(t *testing.T) {
	clock := &stopped{}
	w, _ := open(clock, 5*time.Second)
	clock.advance(5 * time.Second)
	if w.extend(20 * time.Second) {
		t.Error("extended after its time, though nobody had looked")
	}
	if w.check() == nil {
		t.Error("open after its time")
	}
	if w.extend(20*time.Second) || w.check() == nil {
		t.Error("revived")
	}
}

func TestWindow_NeverMovesBack(t *testing.T) {
	clock := &stopped{}
	w, _ := open(clock, 5*time.Second)
	if !w.extend(9 * time.Second) {
		t.Fatal("not extended")
	}
	if !w.extend(7 * time.Second) {
		t.Fatal("an older answer closed the window")
	}
	clock.advance(8 * time.Second)
	if w.check() != nil {
		t.Error("an older answer moved the end back")
	}
}

func TestWindow_TimerClosesItWithoutAnybodyAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ctx := open(MonotonicClock(), 5*time.Second)
		time.Sleep(4 * time.Second)
		if !w.extend(w.clock.Now() + 5*time.Second) {
			t.Fatal("not extended")
		}
		time.Sleep(5*time.Second - 1)
		if ctx.Err() != nil {
			t.Error("closed early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if ctx.Err() == nil {
			t.Error("open after its time")
		}
	})
}

func TestCall_IsAbandonedWhenItIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		begun := time.Now()
		_, err := Call(t.Context(), time.Second, func(context.Context) (int, error) {
			<-release
			return 1, nil
		})
		if !errors.Is(err, ErrAbandoned) || time.Since(begun) != time.Second {
			t.Errorf("returned %v after %v, want ErrAbandoned after 1s", err, time.Since(begun))
		}
		close(release)
	})
}

func TestSystemClock_CountsOnlySleep(t *testing.T) {
	// A machine that does not sleep: both clocks agree, and no pause between two
	// readings of them may count as sleep.
	s, ok := SystemClock().(*suspendAware)
	if !ok {
		t.Skip("no boot-time clock on this system")
	}
	for range 1000 {
		s.look()
	}
	if slept := time.Duration(s.slept.Load()); slept > 5*time.Millisecond {
		t.Errorf("%v counted as sleep", slept)
	}
	before := s.Now()
	s.boot -= time.Hour // as if the machine had slept for an hour
	s.look()
	if d := s.Now() - before; d < 59*time.Minute {
		t.Errorf("an hour's sleep counted as %v", d)
	}
}

func BenchmarkCheck(b *testing.B) {
	n := &Node{cfg: Config{Name: "a", TTL: time.Hour}.withDefaults()}
	ctx, cancel := context.WithCancelCause(context.Background())
	inc := &Incarnation{ctx: ctx, window: newWindow(n.cfg.Clock, n.cfg.Clock.Now()+time.Hour, cancel)}
	h := (&Keeper{node: n}).newHeld("p", 1, inc)
	b.Run("Check", func(b *testing.B) {
		for b.Loop() {
			if h.Check() != nil {
				b.Fatal("lost")
			}
		}
	})
	b.Run("Err of its context", func(b *testing.B) {
		c := h.Context()
		for b.Loop() {
			if c.Err() != nil {
				b.Fatal("lost")
			}
		}
	})
	b.Run("Err of a plain context", func(b *testing.B) {
		for b.Loop() {
			if ctx.Err() != nil {
				b.Fatal("lost")
			}
		}
	})
}
