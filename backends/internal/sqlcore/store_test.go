package sqlcore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// script is a database that answers each statement as a test says.
type script struct {
	mu     sync.Mutex // guards asked
	asked  []string
	answer func(statement string, args []any) (rows [][]any, err error)
}

func (d *script) Query(_ context.Context, statement string, args []any, row func(Scan) error) error {
	d.mu.Lock()
	d.asked = append(d.asked, statement)
	d.mu.Unlock()
	rows, err := d.answer(statement, args)
	for _, r := range rows {
		err := row(func(columns ...any) error {
			for i, c := range columns {
				switch c := c.(type) {
				case *string:
					*c = r[i].(string)
				case *[]byte:
					*c = []byte(r[i].(string))
				case *int:
					*c = r[i].(int)
				case *int64:
					*c = int64(r[i].(int))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return err
}

var (
	errAborted = errors.New("aborted")
	errLost    = errors.New("lost")
)

func scripted(t *testing.T, answer func(statement string, args []any) ([][]any, error)) (*Store, *script) {
	t.Helper()
	db := &script{answer: answer}
	s, err := New(db, Dialect{
		Statements: Statements{
			Open: "open", Renew: "renew", Close: "close", Sessions: "sessions", Kill: "kill", Read: "read", List: "list",
			Look: "look", Create: "create", Replace: "replace", Delete: "delete",
		},
		Limits: Limits("script", time.Millisecond), InFlight: 2, Idle: time.Second, Fast: time.Second,
		Wrap: func(doing string, err error) error {
			return fmt.Errorf("%s: %w: %w", doing, backends.ErrUnavailable, err)
		},
		Refused: func(err error) bool { return errors.Is(err, errAborted) },
	}, "n")
	if err != nil {
		t.Fatal(err)
	}
	return s, db
}

const (
	mine   = "0123456789abcdef0123456789abcdef"
	theirs = "fedcba9876543210fedcba9876543210"
)

// The cause of a refusal is read after it. Only what is surely a conflict is called so.
func TestWrite_CauseOfARefusal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		write backends.Write
		seen  [][]any // by the look
		want  backends.Outcome
		asked string
	}{
		"another revision":                 {backends.Write{Key: "k", Expect: mine}, [][]any{{"k", theirs}}, backends.Conflict, "replace look"},
		"gone":                             {backends.Write{Key: "k", Expect: mine, Delete: true}, nil, backends.Conflict, "delete look"},
		"exists":                           {backends.Write{Key: "k"}, [][]any{{"k", theirs}}, backends.Conflict, "create look"},
		"session lives":                    {backends.Write{Key: "k", Expect: mine, IfDead: "s"}, [][]any{{"k", mine}}, backends.Alive, "kill replace look"},
		"session lives, nothing there":     {backends.Write{Key: "k", IfDead: "s"}, nil, backends.Alive, "kill create look"},
		"session lives and other revision": {backends.Write{Key: "k", Expect: mine, IfDead: "s"}, [][]any{{"k", theirs}}, backends.Conflict, "kill replace look"},
		"no cause at all":                  {backends.Write{Key: "k", Expect: mine}, [][]any{{"k", mine}}, backends.NotSent, "replace look replace look replace look"},
		"a revision of nobody":             {backends.Write{Key: "k", Expect: "1"}, nil, backends.Conflict, ""},
	} {
		s, db := scripted(t, func(statement string, _ []any) ([][]any, error) {
			if statement == "look" {
				return c.seen, nil
			}
			return nil, nil
		})
		results, err := s.Write(t.Context(), c.write)
		if c.want == backends.NotSent {
			if !errors.Is(err, backends.ErrUnavailable) {
				t.Errorf("%s: %v, %v", name, results, err)
			}
		} else if err != nil || results[0].Outcome != c.want {
			t.Errorf("%s: %v, %v, want %v", name, results, err, c.want)
		}
		if asked := strings.Join(db.asked, " "); asked != c.asked {
			t.Errorf("%s: sent %q, want %q", name, asked, c.asked)
		}
	}
}

func TestWrite_Failures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fails string
		err   error
		want  []backends.Outcome // create, proof, replace
	}{
		"kill is lost":       {"kill", errLost, []backends.Outcome{backends.Applied, backends.NotSent, backends.Conflict}},
		"write is lost":      {"create", errLost, []backends.Outcome{backends.Unknown, backends.Unknown, backends.Conflict}},
		"write is aborted":   {"create", errAborted, []backends.Outcome{backends.NotSent, backends.NotSent, backends.Conflict}},
		"look is lost":       {"look", errLost, []backends.Outcome{backends.Applied, backends.Applied, backends.Unknown}},
		"lost after the row": {"late", errLost, []backends.Outcome{backends.Unknown, backends.Unknown, backends.Conflict}},
	} {
		s, _ := scripted(t, func(statement string, args []any) ([][]any, error) {
			var rows [][]any
			if statement == "create" {
				rows = keysOf(t, args)
			}
			if statement == c.fails {
				return nil, c.err
			}
			if statement == "create" && c.fails == "late" {
				return rows, c.err
			}
			return rows, nil
		})
		results, err := s.Write(t.Context(), backends.Write{Key: "a"}, backends.Write{Key: "b", IfDead: "s"}, backends.Write{Key: "c", Expect: mine})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, r := range results {
			failed := r.Outcome == backends.Unknown || r.Outcome == backends.NotSent
			if r.Outcome != c.want[i] || failed != errors.Is(r.Err, backends.ErrUnavailable) {
				t.Errorf("%s, item %d: %v %v, want %v", name, i, r.Outcome, r.Err, c.want[i])
			}
		}
	}
}

// keysOf returns one row per item, as if all had applied.
func keysOf(t *testing.T, args []any) (rows [][]any) {
	var items []item
	if err := json.Unmarshal([]byte(args[1].(string)), &items); err != nil {
		t.Error(err)
	}
	for _, i := range items {
		rows = append(rows, []any{i.Key})
	}
	return rows
}

// Items go out sorted, in statements of at most maxBatch items and maxRequest bytes.
func TestWrite_SpansAndOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex // guards sent
	var sent []int
	s, _ := scripted(t, func(_ string, args []any) ([][]any, error) {
		rows := keysOf(t, args)
		if !slices.IsSortedFunc(rows, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) }) {
			t.Error("a statement's items are not sorted")
		}
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, len(rows))
		return rows, nil
	})
	var writes []backends.Write
	for i := range 1201 {
		writes = append(writes, backends.Write{Key: backends.Key(fmt.Sprint(9999 - i))})
	}
	for _, c := range []struct {
		writes []backends.Write
		want   []int
	}{{writes, []int{201, 500, 500}}, {writes[:6], []int{2, 4}}, {nil, nil}} {
		if len(c.writes) == 6 {
			for i := range c.writes {
				c.writes[i].Value = make([]byte, maxValue)
			}
		}
		sent = nil
		results, err := s.Write(t.Context(), c.writes...)
		if err != nil || len(results) != len(c.writes) {
			t.Fatalf("%d results, %v", len(results), err)
		}
		if slices.Sort(sent); !slices.Equal(sent, c.want) {
			t.Errorf("%d items went out as %v, want %v", len(c.writes), sent, c.want)
		}
	}
}

func TestOpenSession_OneStepMoreThanTheTTL(t *testing.T) {
	t.Parallel()
	var stored any
	s, _ := scripted(t, func(_ string, args []any) ([][]any, error) {
		stored = args[3]
		return [][]any{{7}}, nil
	})
	_, renewal, err := s.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Second + time.Microsecond})
	if err != nil || renewal.ValidFor != 1001*time.Millisecond || stored != int64(1002) || renewal.Stamp != 0 {
		t.Errorf("renewal %+v, %v; stored %v ms", renewal, err, stored)
	}
	nothing, _ := scripted(t, func(string, []any) ([][]any, error) { return nil, nil })
	if _, _, err := nothing.OpenSession(t.Context(), backends.SessionSpec{TTL: time.Second}); !errors.Is(err, backends.ErrUnsupported) {
		t.Errorf("a database that inserts nothing: %v", err)
	}
}

func TestList_BadDirectory(t *testing.T) {
	t.Parallel()
	s, db := scripted(t, func(string, []any) ([][]any, error) { return nil, nil })
	for _, dir := range []backends.Dir{"", "d", "/", "d//", "é/"} {
		if _, err := s.List(t.Context(), dir); !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("List(%q): %v, want ErrInvalid", dir, err)
		}
	}
	if len(db.asked) > 0 {
		t.Errorf("sent %q", db.asked)
	}
}

// The database's order does not matter.
func TestLists_AreSorted(t *testing.T) {
	t.Parallel()
	s, _ := scripted(t, func(statement string, _ []any) ([][]any, error) {
		if statement == "sessions" {
			return [][]any{{"b", "", 2, 1}, {"a", "", 2, 1}}, nil
		}
		return [][]any{{"d/b", "", mine}, {"d/B", "", mine}, {"d/a", "", mine}}, nil
	})
	records, err := s.List(t.Context(), "d/")
	if err != nil || len(records) != 3 || records[0].Key != "d/B" || records[1].Key != "d/a" || records[2].Key != "d/b" {
		t.Errorf("List: %v, %v", records, err)
	}
	infos, err := s.Sessions(t.Context())
	if err != nil || len(infos) != 2 || infos[0].ID != "a" || infos[1].ID != "b" {
		t.Errorf("Sessions: %v, %v", infos, err)
	}
}
