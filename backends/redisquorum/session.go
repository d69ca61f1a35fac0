package redisquorum

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
)

const (
	// keepEnded is how long a server remembers that a session has ended: longer than
	// any request about it can be on its way.
	keepEnded = 48 * time.Hour
	// driftFloor and one part in driftPart are what servers keep a row beyond the TTL,
	// so that ValidFor is the TTL although their clocks may run that much fast.
	driftFloor, driftPart = 2 * time.Millisecond, 100
)

// session is a row on every server that expires there.
type session struct {
	s    *Store
	id   backends.SessionID
	ttl  time.Duration
	text string // of the row: the TTL in ms, a colon, the description

	mu      sync.Mutex // guards what follows; never held across a call to a server
	lost    bool       // a renewal has said so, and none asks again
	closing bool       // Close was called
	missing []bool     // the servers that have no row although a majority has
}

// OpenSession implements backends.Backend: a majority must have made the row.
func (s *Store) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	if err := backends.CheckSession(s.Capabilities(), spec); err != nil {
		return nil, backends.Renewal{}, err
	}
	o := &session{s: s, id: backends.NewSessionID(), ttl: backends.RoundTTL(spec.TTL, time.Millisecond), missing: make([]bool, len(s.servers))}
	o.text = strconv.FormatInt(o.ttl.Milliseconds(), 10) + ":" + string(spec.Description)
	box, err := s.poll(ctx, "open a session", func(_ int, view string) request {
		return request{openScript, o.keys(), []any{view, string(o.id), o.keep(), o.text}}
	})
	if err != nil {
		return nil, backends.Renewal{}, err
	}
	if count(box, 0, 1)["live"] < s.majority {
		return nil, backends.Renewal{}, fmt.Errorf("redis quorum: open a session: %w: it was ended before it was open, try again", backends.ErrUnavailable)
	}
	return o, backends.Renewal{ValidFor: o.ttl}, nil
}

// ID implements backends.Session.
func (o *session) ID() backends.SessionID { return o.id }

func (o *session) keys() []string { return o.s.rowsOf([]backends.SessionID{o.id}) }

// keep is how long a server keeps the row, in ms.
func (o *session) keep() int64 { return (o.ttl + driftFloor + o.ttl/driftPart).Milliseconds() }

// Renew implements backends.Session: a majority must have extended the row. A server
// without the row, because it was away when others made or renewed it, gets it again
// with the next renewal; if that is needed for a majority, with this one.
func (o *session) Renew(ctx context.Context) (backends.Renewal, error) {
	lost := fmt.Errorf("redis quorum: renew: %w: it has ended or expired, or its rows were deleted", backends.ErrSessionLost)
	o.mu.Lock()
	ended, making := o.lost, append([]bool(nil), o.missing...)
	o.mu.Unlock()
	if ended {
		return backends.Renewal{}, lost
	}
	box, said, err := o.extend(ctx, making)
	if err != nil {
		return backends.Renewal{}, err
	}
	if short := o.s.majority - said["live"] - said["made"]; short > 0 && said["live"] > 0 && said["absent"] >= short {
		for _, a := range box.good {
			making[a.server] = making[a.server] || a.value[0] == "absent"
		}
		if box, said, err = o.extend(ctx, making); err != nil {
			return backends.Renewal{}, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case said["live"] == 0, said["dead"] > len(o.s.servers)-o.s.majority,
		// Close has ended it on some servers, and goes on.
		o.closing && said["dead"] > 0 && said["live"]+said["made"] < o.s.majority:
		o.lost = true
		return backends.Renewal{}, lost
	case said["live"]+said["made"] < o.s.majority:
		return backends.Renewal{}, fmt.Errorf("redis quorum: renew: %w: only %d of %d servers have extended the session", backends.ErrUnavailable, said["live"]+said["made"], o.s.majority)
	}
	for _, a := range box.good {
		o.missing[a.server] = a.value[0] == "absent"
	}
	return backends.Renewal{ValidFor: o.ttl}, nil
}

// extend asks all servers to extend the row, and some to make it if it is not there.
func (o *session) extend(ctx context.Context, making []bool) (ballotBox, map[any]int, error) {
	box, err := o.s.poll(ctx, "renew", func(i int, view string) request {
		text := ""
		if making[i] {
			text = o.text
		}
		return request{renewScript, o.keys(), []any{view, string(o.id), o.keep(), text}}
	})
	return box, count(box, 0, 1), err
}

// Close implements backends.Session: a majority must know that it has ended.
func (o *session) Close(ctx context.Context) error {
	o.mu.Lock()
	o.closing = true
	o.mu.Unlock()
	defer o.s.hurry()
	_, err := o.s.finish(ctx, "always", []backends.SessionID{o.id})
	return err
}

// count tells how many of the votes are which at one place of answers of a length; a
// vote that is shorter does not count.
func count(box ballotBox, place, length int) map[any]int {
	counts := map[any]int{}
	for _, a := range box.good {
		if len(a.value) >= length {
			counts[a.value[place]]++
		}
	}
	return counts
}
