package backends

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// fullEvery is after how many silences records are read although the stamp is the same.
const fullEvery = 10

// leastPause keeps a watch from spinning when a store rounds SessionInfo.Left.
const leastPause = time.Millisecond

// Poll gives a store that cannot push its Watch: it asks again and again, and
// delivers the differences. List, Read and Sessions are the store's own methods
// of these names; they must return soon after their context is done. The fields
// must not be changed after the first Watch. It is safe for concurrent use.
//
// A watch polls every Idle. It polls every Fast while something is outstanding:
// for one Idle after a change that it saw or after Hurry, and while the store
// does not answer. It also polls at the very instant at which a session that it
// follows runs out, if the store tells SessionInfo.Left.
type Poll struct {
	List     func(ctx context.Context, dir Dir) ([]Record, error)
	Read     func(ctx context.Context, keys ...Key) ([]Record, error)
	Sessions func(ctx context.Context) ([]SessionInfo, error)
	// Stamp, unless it is nil, returns a text that is another one after each write to
	// a record, and costs little. A poll that finds it unchanged reads no records, so
	// that what an idle watch costs does not grow with their number. What changes them
	// without the stamp, such as an operator, is seen after ten silences.
	Stamp func(ctx context.Context) (string, error)
	// Idle and Fast are pauses between the end of a poll and the next one,
	// 0 < Fast <= Idle. An Idle of more than a third of a watch's silence
	// counts as that.
	Idle, Fast time.Duration

	mu      sync.Mutex // guards watches
	watches map[*pollWatch]bool
}

// Hurry makes every watch poll now, and every Fast for one Idle: the caller
// expects a change. It never blocks.
func (p *Poll) Hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range p.watches {
		select {
		case w.hurry <- struct{}{}:
		default:
		}
	}
}

// Watch implements Backend's method of this name. It returns ErrInvalid for no
// selector, a silence that is not positive, or wrong intervals. The watch fails
// with ErrSilent after polls have failed for the silence, and at once with an
// error that trying again does not mend (ErrInvalid, ErrDenied, ErrUnsupported,
// ErrForeign).
func (p *Poll) Watch(ctx context.Context, silence time.Duration, selectors ...Selector) (<-chan Event, error) {
	if len(selectors) == 0 || silence <= 0 {
		return nil, fmt.Errorf("%w: a watch needs a selector and a positive silence, got %d and %v", ErrInvalid, len(selectors), silence)
	}
	if p.Fast <= 0 || p.Idle < p.Fast {
		return nil, fmt.Errorf("%w: polling every %v, when idle every %v: want 0 < Fast <= Idle", ErrInvalid, p.Fast, p.Idle)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("watch: %w: %w", ErrUnavailable, context.Cause(ctx))
	}
	w := &pollWatch{
		p: p, silence: silence, idle: min(p.Idle, silence/3), hurry: make(chan struct{}, 1), mail: NewMailbox(ctx),
	}
	w.fast = min(p.Fast, w.idle)
	for _, s := range selectors {
		w.choose(s)
	}
	p.mu.Lock()
	if p.watches == nil {
		p.watches = map[*pollWatch]bool{}
	}
	p.watches[w] = true
	p.mu.Unlock()
	go w.run(ctx)
	return w.mail.Events(), nil
}

// pollWatch is one watch. All but hurry and mail belongs to its goroutine.
type pollWatch struct {
	p                   *Poll
	silence, idle, fast time.Duration
	hurry               chan struct{} // capacity 1
	mail                *Mailbox

	dirs []Dir
	keys []Key
	ids  map[SessionID]bool
	all  bool

	polled // as last shown
	synced bool
}

func (w *pollWatch) choose(s Selector) {
	switch {
	case s.Key() != "":
		w.keys = append(w.keys, s.Key())
	case s.Dir() != "":
		w.dirs = append(w.dirs, s.Dir())
	case s.Session() != "":
		if w.ids == nil {
			w.ids = map[SessionID]bool{}
		}
		w.ids[s.Session()] = true
	default:
		w.all = true
	}
}

func (w *pollWatch) run(ctx context.Context) {
	defer func() {
		w.p.mu.Lock()
		defer w.p.mu.Unlock()
		delete(w.p.watches, w)
	}()
	heard, fastUntil := time.Now(), time.Time{}
	for {
		found, err := w.poll(ctx, heard.Add(w.silence))
		now := time.Now()
		pause := w.idle
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			heard = now
			if w.show(found) {
				fastUntil = now.Add(w.idle)
			}
			if now.Before(fastUntil) {
				pause = w.fast
			}
			pause = min(pause, found.nextExpiry())
		case lasting(err):
			w.mail.Put(Event{Kind: Failed, Err: err})
			return
		case now.Sub(heard) >= w.silence:
			w.mail.Put(Event{Kind: Failed, Err: fmt.Errorf("%w for %v: %w", ErrSilent, now.Sub(heard), err)})
			return
		default:
			pause = min(w.fast, w.silence-now.Sub(heard))
		}
		timer := time.NewTimer(max(pause, leastPause))
		select {
		case <-timer.C:
		case <-w.hurry:
			timer.Stop()
			fastUntil = time.Now().Add(w.idle)
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// lasting reports whether trying again cannot help.
func lasting(err error) bool {
	return errors.Is(err, ErrInvalid) || errors.Is(err, ErrDenied) || errors.Is(err, ErrUnsupported) || errors.Is(err, ErrForeign)
}
