package memory

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-memdb"

	"github.com/tenure-go/tenure/backends"
)

const (
	recordTable  = "record"
	sessionTable = "session"
)

// record is one row: Path is namespace, NUL, key.
type record struct {
	Path     string
	Key      backends.Key
	Value    []byte
	Revision backends.Revision
}

// session is one row. Rows are replaced, never changed.
type session struct {
	Path        string // namespace, NUL, ID
	ID          backends.SessionID
	Description []byte
	TTL         time.Duration
	Expires     time.Time
}

func path(namespace, name string) string { return namespace + "\x00" + name }

var schema = &memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
	recordTable: {Name: recordTable, Indexes: map[string]*memdb.IndexSchema{
		"id": {Name: "id", Unique: true, Indexer: &memdb.StringFieldIndex{Field: "Path"}},
	}},
	sessionTable: {Name: sessionTable, Indexes: map[string]*memdb.IndexSchema{
		"id": {Name: "id", Unique: true, Indexer: &memdb.StringFieldIndex{Field: "Path"}},
	}},
}}

// Store is one store in memory. It is safe for concurrent use.
type Store struct {
	db *memdb.MemDB

	mu       sync.Mutex // orders changes with what watches are told of them
	revision uint64
	timers   map[string]*time.Timer     // by session path: fires when it expires
	watches  map[change]map[*watch]bool // by the row or directory that they follow
}

// NewStore returns an empty store.
func NewStore() *Store {
	db, err := memdb.NewMemDB(schema)
	if err != nil {
		panic(fmt.Sprintf("memory: the fixed schema was refused: %v", err)) // unreachable
	}
	return &Store{db: db, timers: map[string]*time.Timer{}, watches: map[change]map[*watch]bool{}}
}

// New returns a client of a fresh store, for a program with one namespace.
func New() *Client { return NewStore().Client("tenure") }

// Client returns a client that sees one namespace of the store. Any number of
// clients can share a namespace.
func (s *Store) Client(namespace string) *Client {
	return &Client{store: s, namespace: backends.Escape(namespace)}
}

// KillSession removes a session from outside, as an operator might. It reports
// whether the session was there.
func (s *Store) KillSession(id backends.SessionID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	txn := s.db.Txn(true)
	defer txn.Abort()
	rows, err := txn.Get(sessionTable, "id")
	must(err)
	for row := rows.Next(); row != nil; row = rows.Next() {
		if found := row.(*session); found.ID == id {
			s.bury(txn, found)
			txn.Commit()
			s.tell(change{path: found.Path, session: true})
			return true
		}
	}
	return false
}

// next returns a revision that was never used before. The caller holds mu.
func (s *Store) next() backends.Revision {
	s.revision++
	return backends.Revision(strconv.FormatUint(s.revision, 10))
}

// bury deletes a session for good. The caller holds mu and tells the watches.
func (s *Store) bury(txn *memdb.Txn, row *session) {
	must(txn.Delete(sessionTable, row))
	if t := s.timers[row.Path]; t != nil {
		t.Stop()
		delete(s.timers, row.Path)
	}
}

// arm makes the store tell the watches when the session expires. The caller
// holds mu.
func (s *Store) arm(row *session) {
	if t := s.timers[row.Path]; t != nil {
		t.Stop()
	}
	s.timers[row.Path] = time.AfterFunc(time.Until(row.Expires), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tell(change{path: row.Path, session: true})
	})
}

func first[Row any](txn *memdb.Txn, table, path string) *Row {
	found, err := txn.First(table, "id", path)
	must(err)
	row, _ := found.(*Row)
	return row
}

// must stops on an error of the database: schema and rows are fixed here, so
// that an error is a mistake in this package.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("memory: %v", err))
	}
}
