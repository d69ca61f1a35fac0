package partitions

import (
	"fmt"

	"github.com/hashicorp/go-memdb"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions/plan"
)

// view is the coordinator's local copy of the group's records, filled by its
// watch and corrected by listings. It belongs to the coordinator's loop, so that
// one transaction which is never committed serves all: a commit for each of
// 10,000 claims would copy the paths to all of them.
type view struct{ txn *memdb.Txn }

// The rows of a view.
type (
	claimRow struct {
		Name   string
		Holder string
		Seen   claim.Seen
	}
	memberRow struct {
		Run      string
		Session  string
		Key      backends.Key
		Revision backends.Revision
		Record   plan.MemberRecord
		Garbage  bool
	}
	planRow struct {
		Run      string
		Key      backends.Key
		Revision backends.Revision
		Plan     plan.Plan
	}
	sessionRow struct {
		ID      string
		Member  membership.Member
		Expired bool
	}
	reservedRow struct {
		Name        string
		Key         backends.Key
		Revision    backends.Revision
		Reservation plan.Reservation
	}
)

const (
	claimTable    = "claim"
	memberTable   = "member"
	planTable     = "plan"
	sessionTable  = "session"
	reservedTable = "reserved"
)

func table(name, id string, more ...*memdb.IndexSchema) *memdb.TableSchema {
	t := &memdb.TableSchema{Name: name, Indexes: map[string]*memdb.IndexSchema{
		"id": {Name: "id", Unique: true, Indexer: &memdb.StringFieldIndex{Field: id}},
	}}
	for _, index := range more {
		t.Indexes[index.Name] = index
	}
	return t
}

var viewSchema = &memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
	claimTable: table(claimTable, "Name",
		&memdb.IndexSchema{Name: "holder", AllowMissing: true, Indexer: &memdb.StringFieldIndex{Field: "Holder"}}),
	memberTable: table(memberTable, "Run",
		&memdb.IndexSchema{Name: "session", Indexer: &memdb.StringFieldIndex{Field: "Session"}}),
	planTable:     table(planTable, "Run"),
	sessionTable:  table(sessionTable, "ID"),
	reservedTable: table(reservedTable, "Name"),
}}

func newView() (*view, error) {
	db, err := memdb.NewMemDB(viewSchema)
	if err != nil {
		return nil, fmt.Errorf("partitions: make the coordinator's view: %w", err)
	}
	return &view{db.Txn(true)}, nil
}

// put inserts or replaces a row. The tables and rows are fixed, so that memdb
// has nothing to refuse.
func (v *view) put(table string, row any) {
	must(v.txn.Insert(table, row))
}

func (v *view) remove(table, id string) {
	_, err := v.txn.DeleteAll(table, "id", id)
	must(err)
}

func get[Row any](v *view, table, id string) (*Row, bool) {
	found, err := v.txn.First(table, "id", id)
	must(err)
	row, ok := found.(*Row)
	return row, ok
}

// each calls f for every row, in order of the rows' ids.
func each[Row any](v *view, table string, f func(*Row)) {
	rows, err := v.txn.Get(table, "id")
	must(err)
	for found := rows.Next(); found != nil; found = rows.Next() {
		f(found.(*Row))
	}
}

// holds reports whether any claim names the session.
func (v *view) holds(session string) bool {
	found, err := v.txn.First(claimTable, "holder", session)
	must(err)
	return found != nil
}

// isMember reports whether a member record belongs to the session.
func (v *view) isMember(session string) bool {
	found, err := v.txn.First(memberTable, "session", session)
	must(err)
	return found != nil
}

// alive returns the sessions that are listed and have not expired.
func (v *view) alive() map[backends.SessionID]bool {
	alive := map[backends.SessionID]bool{}
	each(v, sessionTable, func(s *sessionRow) {
		if !s.Expired {
			alive[backends.SessionID(s.ID)] = true
		}
	})
	return alive
}

// must stops on an error of the in-memory view: its schema and its rows are
// fixed here, so that an error is a mistake in this file.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("partitions: the coordinator's view: %v", err))
	}
}
