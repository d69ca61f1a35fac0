package virtual

import (
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// alarmLasts is how long a false alarm goes uncorrected.
const alarmLasts = 500 * time.Millisecond

// Watch implements backends.Backend: events lag, and a node that is cut off
// hears nothing until the silence ends its watch.
func (n *Network) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	n.clock.Running()
	if n.silent() {
		select {
		case <-ctx.Done():
		case <-time.After(silence):
		}
		n.clock.Running()
		return nil, fmt.Errorf("%w: %w", backends.ErrUnavailable, errNetwork)
	}
	inner, cancel := context.WithCancel(ctx)
	events, err := n.Backend.Watch(inner, silence, selectors...)
	if err != nil {
		cancel()
		return nil, err
	}
	w := &watch{n: n, ctx: ctx, silence: silence, selectors: selectors, out: make(chan backends.Event)}
	go func() { // ends with ctx, with the store's watch, or with a fault
		defer close(w.out)
		defer cancel()
		w.carry(events)
	}()
	return w.out, nil
}

// watch carries the events of one watch from the store to the node.
type watch struct {
	n         *Network
	ctx       context.Context
	silence   time.Duration
	selectors []backends.Selector
	out       chan backends.Event
	synced    bool
	sessions  []backends.SessionInfo // seen so far, to lie about
}

func (w *watch) carry(events <-chan backends.Event) {
	for {
		select {
		case e, ok := <-events:
			if !ok || !w.pass(e) {
				return
			}
		case <-time.After(w.silence):
			if w.n.silent() {
				w.fail(backends.ErrSilent)
				return
			}
		case <-w.ctx.Done():
			return
		}
	}
}

// pass lets one event suffer what the network does, and reports whether the
// watch goes on.
func (w *watch) pass(e backends.Event) bool {
	lag, breaks := w.n.eventFate()
	w.n.nap(lag)
	w.n.clock.Running()
	if !w.n.heard(w.ctx) {
		w.n.nap(w.silence)
		w.fail(backends.ErrSilent)
		return false
	}
	if breaks {
		w.fail(backends.ErrUnavailable)
		return false
	}
	if w.synced && w.n.loses(w.selectors, e) {
		return true
	}
	w.synced = w.synced || e.Kind == backends.Synced
	if !w.send(e) {
		return false
	}
	if e.Kind == backends.SessionSeen {
		w.sessions = append(w.sessions, e.Session)
	}
	if id, lies := w.n.falseAlarm(w.sessions); lies {
		if !w.send(backends.Event{Kind: backends.SessionGone, Session: backends.SessionInfo{ID: id.ID}}) {
			return false
		}
		w.n.nap(alarmLasts)
		w.send(backends.Event{Kind: backends.SessionSeen, Session: id})
	}
	return true
}

func (w *watch) send(e backends.Event) bool {
	select {
	case w.out <- e:
		return true
	case <-w.ctx.Done():
		return false
	}
}

func (w *watch) fail(err error) {
	w.send(backends.Event{Kind: backends.Failed, Err: fmt.Errorf("%w: %w", err, errNetwork)})
}

// falseAlarm picks a session for a false alarm.
func (n *Network) falseAlarm(sessions []backends.SessionInfo) (backends.SessionInfo, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.state.Faults.FalseAlarm == 0 || len(sessions) == 0 || n.rng.Float64() >= n.state.Faults.FalseAlarm {
		return backends.SessionInfo{}, false
	}
	return sessions[n.rng.IntN(len(sessions))], true
}

func (n *Network) eventFate() (time.Duration, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := n.state.Faults
	var lag time.Duration
	if f.WatchLag > 0 {
		lag = time.Duration(n.rng.Int64N(int64(f.WatchLag)))
	}
	return lag, f.WatchFails > 0 && n.rng.Float64() < f.WatchFails
}

// loses reports whether an event is lost on its way to a watch.
func (n *Network) loses(selectors []backends.Selector, e backends.Event) bool {
	var lose func([]backends.Selector, backends.Event) bool
	n.Set(func(s *State) { lose = s.Lose })
	return lose != nil && lose(selectors, e)
}
