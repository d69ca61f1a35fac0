package sqlcore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// session is a row. Its methods hold no state: the row is the truth.
type session struct {
	s   *Store
	id  backends.SessionID
	ttl time.Duration
}

// OpenSession implements backends.Backend by one INSERT under a fresh ID.
func (s *Store) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	if err := backends.CheckSession(s.d.Limits, spec); err != nil {
		return nil, backends.Renewal{}, err
	}
	step := s.d.Limits.TTLStep
	o := &session{s: s, id: backends.NewSessionID(), ttl: backends.RoundTTL(spec.TTL, step)}
	description := spec.Description
	if description == nil {
		description = []byte{} // nil would be NULL
	}
	// The clock is cut to whole steps, so that a session that lived for its TTL by
	// those could be up to one step short of it: it gets one step more.
	now, found, err := s.clock(ctx, s.d.Open, o.id, description, int64(o.ttl/step)+1)
	switch {
	case err != nil:
		return nil, backends.Renewal{}, s.wrap("open a session", err)
	case !found:
		return nil, backends.Renewal{}, fmt.Errorf("%s: open a session: %w: the database inserted nothing; is there a trigger or a rule on the table?", s.d.Limits.Store, backends.ErrUnsupported)
	}
	return o, o.renewal(now), nil
}

// ID implements backends.Session.
func (o *session) ID() backends.SessionID { return o.id }

// Renew implements backends.Session by one UPDATE. A session that has expired and was
// not proven dead lives on.
func (o *session) Renew(ctx context.Context) (backends.Renewal, error) {
	now, found, err := o.s.clock(ctx, o.s.d.Renew, o.id)
	switch {
	case err != nil:
		return backends.Renewal{}, o.s.wrap("renew", err)
	case !found:
		return backends.Renewal{}, fmt.Errorf("%s: renew: %w: its row is gone", o.s.d.Limits.Store, backends.ErrSessionLost)
	}
	return o.renewal(now), nil
}

// renewal counts from the call's beginning: the database has read its clock later.
func (o *session) renewal(now int64) backends.Renewal {
	r := backends.Renewal{ValidFor: o.ttl}
	if o.s.d.Limits.LosesAckedWrites {
		r.Stamp = uint64(max(now, 0))
	}
	return r
}

// Close implements backends.Session by one DELETE.
func (o *session) Close(ctx context.Context) error {
	if err := o.s.query(ctx, o.s.d.Close, []any{string(o.id)}, ignore); err != nil {
		return o.s.wrap("close the session", err)
	}
	return nil
}

// Sessions implements backends.Backend.
func (s *Store) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	infos := []backends.SessionInfo{}
	err := s.query(ctx, s.d.Sessions, nil, func(scan Scan) error {
		var id string
		var description []byte
		var ttl, left int64
		if err := scan(&id, &description, &ttl, &left); err != nil {
			return err
		}
		name, err := backends.Unescape(id)
		if err != nil {
			return fmt.Errorf("%w: a session's row has the id %.60q", backends.ErrForeign, id)
		}
		// After a step of the clock backwards more than the TTL is left.
		step := s.d.Limits.TTLStep
		infos = append(infos, backends.SessionInfo{
			ID: backends.SessionID(name), Description: description,
			Left: time.Duration(max(0, min(left, ttl-1))) * step, Expired: left <= 0,
		})
		return nil
	})
	if err != nil {
		return nil, s.wrap("list sessions", err)
	}
	slices.SortFunc(infos, func(a, b backends.SessionInfo) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return infos, nil
}

// clock runs a statement about one session that returns the server's clock.
func (s *Store) clock(ctx context.Context, statement string, id backends.SessionID, more ...any) (now int64, found bool, err error) {
	err = s.query(ctx, statement, append([]any{string(id)}, more...), func(scan Scan) error {
		found = true
		return scan(&now)
	})
	return now, found, err
}

func ignore(Scan) error { return nil }
