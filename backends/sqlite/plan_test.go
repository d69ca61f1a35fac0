package sqlite

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// Each statement finds its rows by the whole primary key, or by a range of it: none goes
// through a namespace for each item of a list.
func TestStatements_UseTheWholeKey(t *testing.T) {
	t.Parallel()
	db, err := sql.Open(DriverName, DSN(filepath.Join(t.TempDir(), "plan")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	for name, statement := range map[string]string{
		"Renew": statements.Renew, "Close": statements.Close, "Kill": statements.Kill, "Read": statements.Read, "List": statements.List,
		"Look": statements.Look, "Create": statements.Create, "Replace": statements.Replace, "Delete": statements.Delete,
	} {
		searches := 0
		for _, step := range plan(t, db, statement) {
			if strings.HasPrefix(step, "SEARCH") {
				searches++
			}
			if strings.Contains(step, "(namespace=?)") || strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "json_each") {
				t.Errorf("%s: %s", name, step)
			}
		}
		if searches == 0 {
			t.Errorf("%s searches nothing", name)
		}
	}
}

func plan(t *testing.T, db *sql.DB, statement string) (steps []string) {
	t.Helper()
	args := []any{"n", "[]", "k"}[:max(2, strings.Count(statement, "?3")+2)]
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
