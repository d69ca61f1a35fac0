package memory

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// OpenSession implements backends.Backend.
func (c *Client) OpenSession(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
	if err := alive(ctx); err != nil {
		return nil, backends.Renewal{}, err
	}
	if err := backends.CheckSession(c.Capabilities(), spec); err != nil {
		return nil, backends.Renewal{}, err
	}
	id := backends.NewSessionID()
	row := &session{
		Path: path(c.namespace, string(id)), ID: id, Description: bytes.Clone(spec.Description),
		TTL: spec.TTL, Expires: time.Now().Add(spec.TTL),
	}
	c.store.keep(row)
	return &openSession{c: c, row: row}, backends.Renewal{ValidFor: spec.TTL}, nil
}

// keep stores a session's row and arms its expiry.
func (s *Store) keep(row *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	txn := s.db.Txn(true)
	must(txn.Insert(sessionTable, row))
	txn.Commit()
	s.arm(row)
	s.tell(change{path: row.Path, session: true})
}

// Sessions implements backends.Backend.
func (c *Client) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	rows, err := c.store.db.Txn(false).Get(sessionTable, "id_prefix", path(c.namespace, ""))
	must(err)
	var infos []backends.SessionInfo
	for row := rows.Next(); row != nil; row = rows.Next() {
		infos = append(infos, row.(*session).info())
	}
	return infos, nil
}

func (r *session) info() backends.SessionInfo {
	left := max(0, time.Until(r.Expires))
	return backends.SessionInfo{ID: r.ID, Description: bytes.Clone(r.Description), Left: left, Expired: left == 0}
}

// openSession is a session's handle.
type openSession struct {
	c   *Client
	row *session // as opened
}

// ID implements backends.Session.
func (o *openSession) ID() backends.SessionID { return o.row.ID }

// Renew implements backends.Session. It brings an expired session back as long
// as nobody has proven it dead.
func (o *openSession) Renew(ctx context.Context) (backends.Renewal, error) {
	if err := alive(ctx); err != nil {
		return backends.Renewal{}, err
	}
	s := o.c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	txn := s.db.Txn(true)
	defer txn.Abort()
	row := first[session](txn, sessionTable, o.row.Path)
	if row == nil {
		return backends.Renewal{}, fmt.Errorf("memory: renew %s: %w", o.row.ID, backends.ErrSessionLost)
	}
	revived := !time.Now().Before(row.Expires)
	next := *row
	next.Expires = time.Now().Add(row.TTL)
	must(txn.Insert(sessionTable, &next))
	txn.Commit()
	s.arm(&next)
	if revived {
		s.tell(change{path: next.Path, session: true})
	}
	return backends.Renewal{ValidFor: row.TTL}, nil
}

// Close implements backends.Session.
func (o *openSession) Close(ctx context.Context) error {
	if err := alive(ctx); err != nil {
		return err
	}
	s := o.c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	txn := s.db.Txn(true)
	defer txn.Abort()
	if row := first[session](txn, sessionTable, o.row.Path); row != nil {
		s.bury(txn, row)
		txn.Commit()
		s.tell(change{path: row.Path, session: true})
	}
	return nil
}
