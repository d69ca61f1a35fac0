package memory

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/go-memdb"

	"github.com/tenure-go/tenure/backends"
)

var _ backends.Backend = (*Client)(nil)

// Client is one client of a Store, in one namespace. It implements
// backends.Backend and is safe for concurrent use.
type Client struct {
	store     *Store
	namespace string
}

// Capabilities implements backends.Backend.
func (c *Client) Capabilities() backends.Capabilities {
	return backends.Capabilities{
		Store: "memory", MaxKeyBytes: backends.MaxKeyBytes, MaxValueBytes: 4 << 20, MaxDescriptionBytes: 64 << 10,
		MaxBatch: 1024, MinTTL: 10 * time.Millisecond, MaxTTL: 24 * time.Hour, TTLStep: time.Nanosecond,
		Death: backends.DeathByProof, RemainingTTL: true, Push: true,
	}
}

// Read implements backends.Backend.
func (c *Client) Read(ctx context.Context, keys ...backends.Key) ([]backends.Record, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	for _, key := range keys {
		if err := key.Valid(); err != nil {
			return nil, err
		}
	}
	txn := c.store.db.Txn(false)
	records := make([]backends.Record, len(keys))
	for i, key := range keys {
		records[i] = c.read(txn, key)
	}
	return records, nil
}

func (c *Client) read(txn *memdb.Txn, key backends.Key) backends.Record {
	row := first[record](txn, recordTable, path(c.namespace, string(key)))
	if row == nil {
		return backends.Record{Key: key}
	}
	return backends.Record{Key: key, Value: bytes.Clone(row.Value), Revision: row.Revision}
}

// List implements backends.Backend.
func (c *Client) List(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	return c.list(c.store.db.Txn(false), dir), nil
}

func (c *Client) list(txn *memdb.Txn, dir backends.Dir) []backends.Record {
	rows, err := txn.Get(recordTable, "id_prefix", path(c.namespace, string(dir)))
	must(err)
	var records []backends.Record
	for found := rows.Next(); found != nil; found = rows.Next() {
		row := found.(*record)
		records = append(records, backends.Record{Key: row.Key, Value: bytes.Clone(row.Value), Revision: row.Revision})
	}
	return records
}

// Write implements backends.Backend. All items are tried in one transaction.
func (c *Client) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	if err := backends.CheckWrites(c.Capabilities(), writes); err != nil {
		return nil, err
	}
	s := c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	txn := s.db.Txn(true)
	defer txn.Abort()
	results := make([]backends.Result, len(writes))
	var changes []change
	for i, w := range writes {
		var proven []change
		results[i], proven = c.write(txn, w)
		changes = append(changes, proven...)
		if results[i].Outcome == backends.Applied {
			changes = append(changes, change{path: path(c.namespace, string(w.Key))})
		}
	}
	txn.Commit()
	s.tell(changes...)
	return results, nil
}

// write tries one item. It also returns the session that it proved dead.
func (c *Client) write(txn *memdb.Txn, w backends.Write) (backends.Result, []change) {
	at := path(c.namespace, string(w.Key))
	now := backends.Absent
	row := first[record](txn, recordTable, at)
	if row != nil {
		now = row.Revision
	}
	if now != w.Expect {
		return backends.Result{Outcome: backends.Conflict}, nil
	}
	var proven []change
	if w.IfDead != "" {
		if other := first[session](txn, sessionTable, path(c.namespace, string(w.IfDead))); other != nil {
			if time.Now().Before(other.Expires) {
				return backends.Result{Outcome: backends.Alive}, nil
			}
			c.store.bury(txn, other)
			proven = []change{{path: other.Path, session: true}}
		}
	}
	if w.Delete {
		must(txn.Delete(recordTable, row))
		return backends.Result{Outcome: backends.Applied}, proven
	}
	next := &record{Path: at, Key: w.Key, Value: bytes.Clone(w.Value), Revision: c.store.next()}
	must(txn.Insert(recordTable, next))
	return backends.Result{Outcome: backends.Applied, Revision: next.Revision}, proven
}

// alive returns ErrUnavailable if the context of a call is done.
func alive(ctx context.Context) error {
	if ctx.Err() != nil {
		return fmt.Errorf("memory: %w: %w", backends.ErrUnavailable, context.Cause(ctx))
	}
	return nil
}
