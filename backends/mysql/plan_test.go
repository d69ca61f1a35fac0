package mysql

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/backends/internal/sqlcore"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver"
	"github.com/tenure-go/tenure/internal/testutil/mariadbserver/mariadbtest"
)

// Each statement finds its rows by the whole primary key, in the order of the list, or by
// a range of it: none goes through a namespace for each item, or locks rows in between.
func TestStatements_UseTheWholeKey(t *testing.T) {
	t.Parallel()
	db := tables(t)
	// So few that the server would like to begin with them, and not with the list.
	for n := range 3 {
		if _, err := db.ExecContext(t.Context(), `INSERT INTO tenure_records VALUES ('n', ?, '', '')`, n); err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), `INSERT INTO tenure_sessions VALUES ('n', ?, '', 1, 1)`, n); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct{ statement, table, access string }{
		"Renew":   {statements.Renew, "tenure_sessions", "range"},
		"Close":   {statements.Close, "tenure_sessions", "range"},
		"Kill":    {statements.Kill, "s", "eq_ref"},
		"Read":    {statements.Read, "r", "eq_ref"},
		"Look":    {statements.Look, "r", "eq_ref"},
		"List":    {statements.List, "r", "range"},
		"Replace": {statements.Replace, "r", "eq_ref"},
		"Delete":  {statements.Delete, "r", "eq_ref"},
		"Create":  {statements.Create, "s", "eq_ref"},
	} {
		steps := explain(t, db, c.statement)
		if !strings.Contains(strings.Join(steps, "\n"), c.table+" "+c.access+" PRIMARY") {
			t.Errorf("%s: %q, want %s by %s", name, steps, c.table, c.access)
		}
	}
}

// tables returns a migrated database.
func tables(t *testing.T) *sql.DB {
	t.Helper()
	server := mariadbtest.Start(t)
	db, err := sql.Open("mysql", fmt.Sprintf("%s@tcp(%s)/%s", mariadbserver.User, server.Addr(), mariadbserver.Database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return db
}

// A session that has expired holds a write up until Kill has made it dead: it may expire
// between the two statements, and be renewed after them.
func TestWrites_NeedADeathThatIsProven(t *testing.T) {
	t.Parallel()
	db := tables(t)
	for _, text := range []string{`INSERT INTO tenure_sessions VALUES ('n', 'expired', '', 1, 1)`, `INSERT INTO tenure_records VALUES ('n', 'there', '', 'r')`} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct{ statement, items string }{
		"Create":  {statements.Create, `[{"key":"new","value":"","expect":"","revision":"s","if_dead":"expired"}]`},
		"Replace": {statements.Replace, `[{"key":"there","value":"","expect":"r","revision":"s","if_dead":"expired"}]`},
		"Delete":  {statements.Delete, `[{"key":"there","value":"","expect":"r","revision":"s","if_dead":"expired"}]`},
	} {
		count := -1
		err := conn{db}.Query(t.Context(), c.statement, []any{"n", c.items}, func(scan sqlcore.Scan) error { return scan(&count) })
		if err != nil || count != 0 {
			t.Errorf("%s applied %d items, %v, want none", name, count, err)
		}
	}
}

// explain returns table, kind of access and index of each step.
func explain(t *testing.T, db *sql.DB, statement string) (steps []string) {
	t.Helper()
	text, args := positional("EXPLAIN "+statement, []any{"n", `["1"]`, "3"})
	if !strings.Contains(statement, "JSON_TABLE(CONVERT") && !strings.Contains(statement, "CONVERT(?2") {
		_, args = positional(statement, []any{"n", "1", "3"})
	}
	rows, err := db.QueryContext(t.Context(), text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, kind, table, access, possible, key, length, ref, count, extra sql.NullString
		if err := rows.Scan(&id, &kind, &table, &access, &possible, &key, &length, &ref, &count, &extra); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, table.String+" "+access.String+" "+key.String)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
