package tenuretest

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/virtual"
	"github.com/tenure-go/tenure/membership/claim"
)

// ledger sees every call that reaches the store, in the store's order, behind
// all networks: what the records say is checked here, whatever members believe.
type ledger struct {
	open    func() backends.Backend
	referee *virtual.Referee

	// mu guards what follows. It is held across calls to the store: one in
	// memory does not block, and else two writes could be noted in another
	// order than they were applied in.
	mu        sync.Mutex
	ttl       time.Duration // the longest asked for
	leases    map[backends.SessionID]lease
	claims    map[string]claim.Record // by keyOf
	given     map[grant]bool
	positions map[backends.Key]claim.Token
	blind     map[*Member]bool // reported
}

// lease is what the store granted to a session.
type lease struct {
	member *Member // nil for the test itself
	until  time.Time
}

// grant is a token that a claim's record named together with a member.
type grant struct {
	key    string
	token  claim.Token
	member *Member
}

func newLedger(open func() backends.Backend, referee *virtual.Referee) *ledger {
	return &ledger{
		open: open, referee: referee, leases: map[backends.SessionID]lease{}, claims: map[string]claim.Record{},
		given: map[grant]bool{}, positions: map[backends.Key]claim.Token{}, blind: map[*Member]bool{},
	}
}

// client returns a client whose calls are made by m; nil is the test itself.
func (l *ledger) client(m *Member) backends.Backend { return &client{l.open(), l, m} }

// longest is the longest TTL that a session was opened with.
func (l *ledger) longest() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ttl
}

// gave reports whether a record ever gave the member the claim under the token.
func (l *ledger) gave(m *Member, key string, token claim.Token) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.given[grant{key, token, m}]
}

// confirm judges S6: a claim is run only after the store has confirmed that it
// is this member's, under this token.
func (l *ledger) confirm(m *Member, key string, token claim.Token) {
	l.mu.Lock()
	_, known := l.claims[key]
	l.mu.Unlock()
	if known && !l.gave(m, key, token) {
		l.referee.Breach(key, "S6 %s starts %s with token %d, which no record ever gave it", m.label, key, token)
	}
}

// client is one process's access to the store.
type client struct {
	backends.Backend
	l *ledger
	m *Member
}

// OpenSession implements backends.Backend.
func (c *client) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	s, renewal, err := c.Backend.OpenSession(ctx, spec)
	if err != nil {
		return nil, renewal, err
	}
	c.l.ttl = max(c.l.ttl, spec.TTL)
	c.l.leases[s.ID()] = lease{c.m, time.Now().Add(renewal.ValidFor)}
	return &openSession{s, c}, renewal, nil
}

// openSession is a session of one process.
type openSession struct {
	backends.Session
	c *client
}

// Renew implements backends.Session.
func (s *openSession) Renew(ctx context.Context) (backends.Renewal, error) {
	s.c.l.mu.Lock()
	defer s.c.l.mu.Unlock()
	renewal, err := s.Session.Renew(ctx)
	if err == nil {
		s.c.l.leases[s.ID()] = lease{s.c.m, time.Now().Add(renewal.ValidFor)}
	}
	return renewal, err
}

// Close implements backends.Session.
func (s *openSession) Close(ctx context.Context) error {
	s.c.l.mu.Lock()
	defer s.c.l.mu.Unlock()
	err := s.Session.Close(ctx)
	if err == nil {
		s.c.l.leases[s.ID()] = lease{s.c.m, time.Now()}
	}
	return err
}

// Write implements backends.Backend.
func (c *client) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	results, err := c.Backend.Write(ctx, writes...)
	for i, r := range results {
		if r.Outcome == backends.Applied && !writes[i].Delete {
			c.l.applied(c.m, writes[i])
		}
	}
	return results, err
}

// applied judges a write that the store has applied. The caller holds mu.
func (l *ledger) applied(by *Member, w backends.Write) {
	path, err := w.Key.Segments()
	if err != nil {
		return
	}
	switch {
	case len(path) == 4 && path[0] == "groups" && path[2] == "claims":
		l.claimed(by, keyOf(path[1], path[3]), w.Value)
	case len(path) == 4 && path[0] == "groups" && path[2] == "coordinator" && path[3] == Leader:
		l.claimed(by, keyOf(path[1]+" coordinator", Leader), w.Value)
	case len(path) == 3 && path[0] == "elections" && path[2] == Leader:
		l.claimed(by, keyOf(path[1], Leader), w.Value)
	case len(path) == 3 && path[0] == "checkpoints":
		l.positioned(keyOf(path[1], path[2]), w)
	}
}

// claimed judges a new version of a claim's record: S1, S2 and S8 as the store
// sees them. The caller holds mu.
func (l *ledger) claimed(by *Member, key string, value []byte) {
	next, err := claim.Decode(value)
	if err != nil {
		return // held by somebody unknown: whoever starts it is told by confirm
	}
	last := l.claims[key]
	l.claims[key] = next
	holder := l.leases[next.Session].member
	l.given[grant{key, next.Token, holder}] = true
	if by == nil {
		return // an operator may reset what is there
	}
	l.sees(by, next)
	moves := next.Session != last.Session
	if next.Token < last.Token || moves && next.Session != "" && next.Token == last.Token {
		l.referee.Breach(key, "S1 the record of %s goes from token %d to %d", key, last.Token, next.Token)
	}
	if !moves || last.Session == "" {
		return
	}
	from := l.leases[last.Session]
	switch {
	case from.member == by && by.eye.runs(key):
		l.referee.Breach(key, "S8 %s gives %s away while its callback runs", by.label, key)
	case from.member != nil && from.member != by && time.Now().Before(from.until):
		l.referee.Breach(key, "S2 %s takes %s from %s, whose session lives for another %v", by.label, key, from.member.label, time.Until(from.until))
	}
}

// sees fails a process whose claims come without events: the referee would see
// nothing of it. The caller holds mu.
func (l *ledger) sees(by *Member, rec claim.Record) {
	mine := l.leases[rec.Session].member == by
	if !mine || l.blind[by] || by.eye.announced(rec.Session) && by.timed.Load() {
		return
	}
	l.blind[by] = true
	by.cluster.Errorf("%s joined without the Clock or the Observer of Member.Config: the referee does not see it", by.label)
}

// positioned judges S7 on a position: the record of an owner is never replaced
// by that of an earlier one. The caller holds mu.
func (l *ledger) positioned(key string, w backends.Write) {
	var pos struct {
		Token claim.Token `json:"token,string"`
	}
	if json.Unmarshal(w.Value, &pos) != nil {
		return
	}
	if last := l.positions[w.Key]; pos.Token < last {
		l.referee.Breach(key, "S7 the position of %s goes from token %d to %d", key, last, pos.Token)
	}
	l.positions[w.Key] = pos.Token
}
