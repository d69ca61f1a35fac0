package sqlcore

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/backends"
)

// counted is a store on a table whose database tells only how many items it applied.
// After each write that it applies, it calls then.
func counted(t *testing.T, table map[string]string, then func()) (*Store, *script) {
	t.Helper()
	s, db := scripted(t, func(statement string, args []any) (rows [][]any, err error) {
		if statement == "look" {
			for key, revision := range table {
				rows = append(rows, []any{key, revision})
			}
			return rows, nil
		}
		var items []item
		if err := json.Unmarshal([]byte(args[1].(string)), &items); err != nil {
			t.Error(err)
		}
		n := 0
		for _, i := range items {
			if table[i.Key] != i.Expect {
				continue
			}
			n++
			table[i.Key] = i.Revision
			if statement == "delete" {
				delete(table, i.Key)
			}
		}
		then()
		return [][]any{{n}}, nil
	})
	s.d.Counts = true
	return s, db
}

func TestWrite_Counted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		table map[string]string
		then  func(table map[string]string)
		want  []backends.Outcome // create a, create b, replace c, replace d, delete e, delete f
		asked string
	}{
		"all":  {map[string]string{"c": mine, "d": mine, "e": mine, "f": mine}, nil, slices.Repeat([]backends.Outcome{backends.Applied}, 6), "create replace delete delete"},
		"none": {map[string]string{"a": theirs, "b": theirs, "c": theirs, "d": theirs}, nil, slices.Repeat([]backends.Outcome{backends.Conflict}, 6), "create replace delete delete look"},
		"some": {map[string]string{"a": theirs, "c": mine, "d": theirs, "f": mine}, nil, []backends.Outcome{
			backends.Conflict, backends.Applied, backends.Applied, backends.Conflict, backends.Conflict, backends.Applied,
		}, "create look replace look delete delete look"},
		"written again before it was seen": {map[string]string{"a": theirs, "c": mine, "d": mine, "e": mine, "f": mine}, func(table map[string]string) { table["b"] = theirs }, []backends.Outcome{
			backends.Unknown, backends.Unknown, backends.Applied, backends.Applied, backends.Applied, backends.Applied,
		}, "create look replace delete delete"},
	} {
		s, db := counted(t, c.table, func() {
			if c.then != nil {
				c.then(c.table)
			}
		})
		results, err := s.Write(t.Context(),
			backends.Write{Key: "a"}, backends.Write{Key: "b"}, backends.Write{Key: "c", Expect: mine}, backends.Write{Key: "d", Expect: mine},
			backends.Write{Key: "e", Expect: mine, Delete: true}, backends.Write{Key: "f", Expect: mine, Delete: true})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, r := range results {
			if r.Outcome != c.want[i] || (r.Outcome == backends.Unknown) != errors.Is(r.Err, backends.ErrUnavailable) {
				t.Errorf("%s, item %d: %v %v, want %v", name, i, r.Outcome, r.Err, c.want[i])
			}
			if key := string("abcdef"[i]); r.Outcome == backends.Applied && i < 4 && c.then == nil && c.table[key] != string(r.Revision) {
				t.Errorf("%s, item %d: told the revision %q, the table has %q", name, i, r.Revision, c.table[key])
			}
		}
		if asked := strings.Join(db.asked, " "); asked != c.asked {
			t.Errorf("%s: sent %q, want %q", name, asked, c.asked)
		}
	}
}

// What was applied cannot be told when the look fails.
func TestWrite_CountedAndLost(t *testing.T) {
	t.Parallel()
	s, _ := scripted(t, func(statement string, _ []any) ([][]any, error) {
		if statement == "look" {
			return nil, errLost
		}
		return [][]any{{1}}, nil
	})
	s.d.Counts = true
	results, err := s.Write(t.Context(), backends.Write{Key: "a"}, backends.Write{Key: "b"}, backends.Write{Key: "c", Expect: mine})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []backends.Outcome{backends.Unknown, backends.Unknown, backends.Applied} {
		if results[i].Outcome != want {
			t.Errorf("item %d: %v %v, want %v", i, results[i].Outcome, results[i].Err, want)
		}
	}
}
