package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// Faults are how badly a node's network treats it. Probabilities are per call.
type Faults struct {
	Delay       time.Duration // longest ordinary delay of a request or a reply
	ReplyDelay  time.Duration // of every reply, on top
	LoseRequest float64
	LoseReply   float64
	Late        float64       // the request lands after the call was given up
	LateBy      time.Duration // at most
	Twice       float64       // a copy of a write lands later
	WatchLag    time.Duration // longest delay of one event
	WatchFails  float64       // per event
	FalseAlarm  float64       // per event: a session that is there is said to be gone, and back a little later
}

var errNetwork = errors.New("simulated network fault")

// network is a node's way to the store. It implements backends.Backend on top
// of the store's client.
type network struct {
	backends.Backend
	clock *clock
	world context.Context // ends with the simulation

	mu     sync.Mutex // guards what follows
	rng    *rand.Rand
	faults Faults
	cut    bool
	hold   func(backends.Write) time.Duration // how much later a request lands than it was sent
	renews func(id backends.SessionID)        // told of each renewal sent
	block  func(backends.Write) bool          // requests that hold such a write are lost
	// deaf picks changes that are lost on the way to a watch, without a trace
	deaf   func(watch []backends.Selector, e backends.Event) bool
	writes int            // calls of Write that reached the store
	wrote  backends.Write // the first item of the last of them
}

func (n *network) set(f func(*network)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f(n)
}

// fate is what happens to one call.
type fate struct {
	cut, loseRequest, loseReply, late, twice bool
	before, after, later                     time.Duration
}

func (n *network) draw() fate {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := n.faults
	chance := func(p float64) bool { return p > 0 && n.rng.Float64() < p }
	span := func(most time.Duration) time.Duration {
		if most <= 0 {
			return 0
		}
		return time.Duration(n.rng.Int64N(int64(most)))
	}
	return fate{
		cut: n.cut, loseRequest: chance(f.LoseRequest), loseReply: chance(f.LoseReply), late: chance(f.Late), twice: chance(f.Twice),
		before: span(f.Delay), after: f.ReplyDelay + span(f.Delay), later: span(f.LateBy),
	}
}

// nap waits, or until the simulation ends.
func (n *network) nap(d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-n.world.Done():
	}
}

// through carries one call to the store and its answer back. sent reports
// whether the store may have seen it.
func through[T any](ctx context.Context, n *network, write bool, do func(context.Context) (T, error)) (value T, sent bool, err error) {
	n.clock.running()
	f := n.draw()
	lost := func() (T, bool, error) {
		<-ctx.Done()
		n.clock.running()
		var none T
		return none, true, fmt.Errorf("%w: %w: %w", backends.ErrUnavailable, errNetwork, context.Cause(ctx))
	}
	switch {
	case f.cut, f.loseRequest:
		return lost()
	case f.late:
		go func() {
			n.nap(f.before + f.later)
			_, _ = do(n.world) // nobody hears the answer
		}()
		return lost()
	}
	if f.before > 0 {
		select {
		case <-time.After(f.before):
		case <-ctx.Done():
			// Given up while the request was on its way: it still arrives.
			go func() {
				n.nap(f.later)
				_, _ = do(n.world)
			}()
			return lost()
		}
	}
	value, err = do(n.world)
	if f.twice && write {
		go func() {
			n.nap(f.later)
			_, _ = do(n.world)
		}()
	}
	if f.loseReply {
		return lost()
	}
	select {
	case <-time.After(f.after):
	case <-ctx.Done():
		return lost()
	}
	n.clock.running()
	if n.isCut() {
		return lost()
	}
	return value, true, err
}

func (n *network) isCut() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cut
}

// Read implements backends.Backend.
func (n *network) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	v, _, err := through(ctx, n, false, func(ctx context.Context) ([]backends.Record, error) { return n.Backend.Read(ctx, keys...) })
	return v, err
}

// List implements backends.Backend.
func (n *network) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	v, _, err := through(ctx, n, false, func(ctx context.Context) ([]backends.Record, error) { return n.Backend.List(ctx, dir) })
	return v, err
}

// Sessions implements backends.Backend.
func (n *network) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	v, _, err := through(ctx, n, false, n.Backend.Sessions)
	return v, err
}

// Write implements backends.Backend: what the store may have seen is unknown.
func (n *network) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if n.blocks(writes) {
		<-ctx.Done()
		return unknown(writes, errNetwork), nil
	}
	if later := n.holds(writes); later > 0 {
		go func() {
			n.nap(later)
			_, _ = n.Backend.Write(n.world, writes...)
		}()
		<-ctx.Done()
		return unknown(writes, errNetwork), nil
	}
	results, _, err := through(ctx, n, true, func(ctx context.Context) ([]backends.Result, error) {
		n.set(func(n *network) { n.writes, n.wrote = n.writes+1, writes[0] })
		return n.Backend.Write(ctx, writes...)
	})
	if errors.Is(err, errNetwork) {
		return unknown(writes, err), nil
	}
	return results, err
}

func unknown(writes []backends.Write, err error) []backends.Result {
	results := make([]backends.Result, len(writes))
	for i := range results {
		results[i] = backends.Result{Outcome: backends.Unknown, Err: err}
	}
	return results
}

func (n *network) holds(writes []backends.Write) (later time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, w := range writes {
		if n.hold != nil {
			later = max(later, n.hold(w))
		}
	}
	return later
}

func (n *network) blocks(writes []backends.Write) bool {
	n.mu.Lock()
	block := n.block
	n.mu.Unlock()
	return block != nil && slices.ContainsFunc(writes, block)
}

// OpenSession implements backends.Backend.
func (n *network) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	type opened struct {
		s backends.Session
		r backends.Renewal
	}
	o, _, err := through(ctx, n, false, func(ctx context.Context) (opened, error) {
		s, r, err := n.Backend.OpenSession(ctx, spec)
		return opened{s, r}, err
	})
	if err != nil {
		return nil, backends.Renewal{}, err
	}
	return &session{o.s, n}, o.r, nil
}

type session struct {
	backends.Session
	n *network
}

// Renew implements backends.Session.
func (s *session) Renew(ctx context.Context) (backends.Renewal, error) {
	if s.n.renews != nil {
		s.n.renews(s.ID())
	}
	v, _, err := through(ctx, s.n, false, s.Session.Renew)
	return v, err
}

// Close implements backends.Session.
func (s *session) Close(ctx context.Context) error {
	_, _, err := through(ctx, s.n, false, func(ctx context.Context) (struct{}, error) { return struct{}{}, s.Session.Close(ctx) })
	return err
}

// Watch implements backends.Backend: events lag, and a cut node hears nothing
// until the silence ends its watch.
func (n *network) Watch(ctx context.Context, silence time.Duration, selectors ...backends.Selector) (<-chan backends.Event, error) {
	n.clock.running()
	if n.isCut() {
		select {
		case <-ctx.Done():
		case <-time.After(silence):
		}
		n.clock.running()
		return nil, fmt.Errorf("%w: %w", backends.ErrUnavailable, errNetwork)
	}
	inner, cancel := context.WithCancel(ctx)
	events, err := n.Backend.Watch(inner, silence, selectors...)
	if err != nil {
		cancel()
		return nil, err
	}
	out := make(chan backends.Event)
	go func() {
		defer close(out)
		defer cancel()
		send := func(e backends.Event) bool {
			select {
			case out <- e:
				return true
			case <-ctx.Done():
				return false
			}
		}
		synced := false
		var sessions []backends.SessionInfo
		fail := func(err error) {
			send(backends.Event{Kind: backends.Failed, Err: fmt.Errorf("%w: %w", err, errNetwork)})
		}
		for {
			select {
			case e, ok := <-events:
				if !ok {
					return
				}
				lag, breaks := n.eventFate()
				n.nap(lag)
				n.clock.running()
				if n.isCut() {
					n.nap(silence)
					fail(backends.ErrSilent)
					return
				}
				if breaks {
					fail(backends.ErrUnavailable)
					return
				}
				if synced && n.loses(selectors, e) {
					continue
				}
				synced = synced || e.Kind == backends.Synced
				if !send(e) {
					return
				}
				if e.Kind == backends.SessionSeen {
					sessions = append(sessions, e.Session)
				}
				if id, lies := n.falseAlarm(sessions); lies {
					if !send(backends.Event{Kind: backends.SessionGone, Session: backends.SessionInfo{ID: id.ID}}) {
						return
					}
					n.nap(alarmLasts)
					send(backends.Event{Kind: backends.SessionSeen, Session: id})
				}
			case <-time.After(silence):
				if n.isCut() {
					fail(backends.ErrSilent)
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

func (n *network) loses(watch []backends.Selector, e backends.Event) bool {
	n.mu.Lock()
	deaf := n.deaf
	n.mu.Unlock()
	return deaf != nil && deaf(watch, e)
}

// alarmLasts is how long a false alarm goes uncorrected.
const alarmLasts = 500 * time.Millisecond

// falseAlarm picks a session for a false alarm.
func (n *network) falseAlarm(sessions []backends.SessionInfo) (backends.SessionInfo, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.faults.FalseAlarm == 0 || len(sessions) == 0 || n.rng.Float64() >= n.faults.FalseAlarm {
		return backends.SessionInfo{}, false
	}
	return sessions[n.rng.IntN(len(sessions))], true
}

func (n *network) eventFate() (time.Duration, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var lag time.Duration
	if n.faults.WatchLag > 0 {
		lag = time.Duration(n.rng.Int64N(int64(n.faults.WatchLag)))
	}
	return lag, n.faults.WatchFails > 0 && n.rng.Float64() < n.faults.WatchFails
}
