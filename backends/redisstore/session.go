package redisstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

// session is a key that expires.
type session struct {
	s   *Store
	id  backends.SessionID
	ttl time.Duration
}

// OpenSession implements backends.Backend.
func (s *Store) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	if err := backends.CheckSession(s.Capabilities(), spec); err != nil {
		return nil, backends.Renewal{}, err
	}
	o := &session{s: s, id: backends.NewSessionID(), ttl: backends.RoundTTL(spec.TTL, time.Millisecond)}
	key := s.sessionKey(o.id)
	reply, err := s.run(ctx, openScript, []string{key, s.sessions}, o.ttl.Milliseconds(), spec.Description, s.channel)
	if err != nil {
		return nil, backends.Renewal{}, rediscall.Wrap("open a session", err)
	}
	if reply == nil {
		return nil, backends.Renewal{}, fmt.Errorf("redis: open a session: %w: the fresh key %s exists, try again", backends.ErrUnavailable, key)
	}
	renewal, err := o.renewal(reply)
	if err != nil {
		return nil, backends.Renewal{}, err
	}
	return o, renewal, nil
}

// ID implements backends.Session.
func (o *session) ID() backends.SessionID { return o.id }

// Renew implements backends.Session: the key gets its whole time again, if it is
// there. Nothing but OpenSession ever makes it.
func (o *session) Renew(ctx context.Context) (backends.Renewal, error) {
	reply, err := o.s.run(ctx, renewScript, []string{o.s.sessionKey(o.id)}, o.ttl.Milliseconds())
	if err != nil {
		return backends.Renewal{}, rediscall.Wrap("renew", err)
	}
	if reply == nil {
		return backends.Renewal{}, fmt.Errorf("redis: renew: %w: its key has expired or was deleted", backends.ErrSessionLost)
	}
	return o.renewal(reply)
}

func (o *session) renewal(reply any) (backends.Renewal, error) {
	at, err := stamp(reply)
	if err != nil {
		return backends.Renewal{}, rediscall.Wrap("read the server's time", err)
	}
	return backends.Renewal{ValidFor: o.ttl, Stamp: at}, nil
}

// Close implements backends.Session: the key is deleted.
func (o *session) Close(ctx context.Context) error {
	if _, err := o.s.run(ctx, closeScript, []string{o.s.sessionKey(o.id), o.s.sessions}, o.s.channel); err != nil {
		return rediscall.Wrap("close the session", err)
	}
	return nil
}

// Sessions implements backends.Backend. What has expired is not listed.
func (s *Store) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	var infos []backends.SessionInfo
	for from := "-"; ; {
		page, err := s.list(ctx, idsScript, []string{s.sessions}, from, idPage)
		if err != nil {
			return nil, rediscall.Wrap("list sessions", err)
		}
		var ids []backends.SessionID
		for _, item := range page {
			key, _ := item.(string)
			if id, ok := s.sessionOf(key); ok {
				ids = append(ids, id)
			}
			from = "(" + key
		}
		found, err := s.look(ctx, ids)
		if err != nil {
			return nil, err
		}
		infos = append(infos, found...)
		if len(page) < idPage {
			return infos, nil
		}
	}
}

// look returns those of the sessions that live.
func (s *Store) look(ctx context.Context, ids []backends.SessionID) ([]backends.SessionInfo, error) {
	var infos []backends.SessionInfo
	for batch := range slices.Chunk(ids, maxBatch) {
		keys := []string{s.sessions}
		for _, id := range batch {
			keys = append(keys, s.sessionKey(id))
		}
		found, err := s.list(ctx, sessionsScript, keys)
		if err != nil {
			return nil, rediscall.Wrap("look at sessions", err)
		}
		if len(found) != 2*len(batch) {
			return nil, rediscall.Wrap("look at sessions", rediscall.Strange(found))
		}
		for i, id := range batch {
			description, lives := found[2*i].(string)
			left, _ := found[2*i+1].(int64)
			if lives {
				infos = append(infos, backends.SessionInfo{ID: id, Description: []byte(description), Left: remaining(left)})
			}
		}
	}
	return infos, nil
}

// remaining is the answer of PTTL for a key that is there. It is negative if somebody
// took the expiry away, and 0 within the last millisecond, which is not unknown.
func remaining(left int64) time.Duration {
	if left < 0 {
		return 0
	}
	return time.Duration(max(left, 1)) * time.Millisecond
}
