package observe_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/observe"
)

var (
	origin     = observe.Origin{Node: "worker-1"}
	orders     = observe.Claim{Origin: origin, Scope: "orders", Key: "7", Token: 42}
	group      = observe.Group{Origin: origin, Group: "orders"}
	errFailure = errors.New("no route to the store")
)

// everyEvent has one event of each type. TestEveryEventTypeIsListed fails when
// one is missing.
var everyEvent = []observe.Event{
	observe.SessionOpened{Origin: origin, Session: "s1", ValidFor: 15 * time.Second, Took: time.Millisecond},
	observe.SessionRenewed{Origin: origin, Session: "s1", Took: time.Millisecond, Left: 14 * time.Second},
	observe.RenewFailed{Origin: origin, Session: "s1", Took: time.Second, Left: 4 * time.Second, Err: errFailure},
	observe.SessionLost{Origin: origin, Session: "s1", Cause: errFailure},
	observe.JoinFailed{Origin: origin, Err: errFailure, Retry: time.Second},
	observe.NodeLeft{Origin: origin, Session: "s1", Stuck: []string{"orders/7"}},
	observe.DuplicateName{Origin: origin, Session: "s1", Other: "s2"},
	observe.ClaimStarted{Claim: orders},
	observe.ClaimRevoked{Claim: orders},
	observe.ClaimLost{Claim: orders, Cause: errFailure},
	observe.ClaimReturned{Claim: orders, Took: time.Second},
	observe.ClaimGiven{Claim: orders, To: "s2"},
	observe.ClaimGarbage{Claim: orders},
	observe.CallbackFailed{Claim: orders, Err: errFailure, Failures: 3, Retry: time.Second, Refused: true},
	observe.CallbackStuck{Claim: orders, Since: 30 * time.Second},
	observe.CallAbandoned{Origin: origin, Scope: "orders", Call: "write", After: 5 * time.Second},
	observe.WatchEnded{Origin: origin, Scope: "orders", Err: errFailure},
	observe.CoordinatorStarted{Group: group, Token: 5},
	observe.CoordinatorEnded{Group: group, Token: 5, Cause: errFailure},
	observe.PlanMade{Group: group, Token: 5, Sequence: 9, Members: 3, Partitions: 64, Moves: 4, LowerBound: 4, Exact: true, Placed: 2, Written: 3, Took: time.Millisecond},
	observe.PlanSeen{Group: group, Token: 5, Sequence: 9, Wanted: 21},
	observe.NoPlan{Group: group, Since: time.Minute},
	observe.DeathProven{Group: group, Session: "s2", Member: "worker-2"},
	observe.Unowned{Group: group, Partition: "7", Reason: "all members refuse it"},
	observe.SpecMismatch{Group: group, Detail: "64 partitions here, 32 in the group"},
	observe.RecordProblem{Group: group, Key: "groups/orders/plans/x", Err: errFailure},
	observe.TermStarted{Origin: origin, Election: "billing", Token: 8},
	observe.TermEnded{Origin: origin, Election: "billing", Token: 8, Cause: errFailure},
}

// eventTypes reads from the sources which types have an own method Name: those
// are the events.
func eventTypes(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "Name" {
				types = append(types, f.Recv.List[0].Type.(*ast.Ident).Name)
			}
		}
	}
	slices.Sort(types)
	return types
}

func TestEveryEventTypeIsListed(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, e := range everyEvent {
		listed = append(listed, reflect.TypeOf(e).Name())
	}
	slices.Sort(listed)
	if types := eventTypes(t); !slices.Equal(listed, types) {
		t.Errorf("everyEvent lists %v, the package has %v", listed, types)
	}
}

// Each field of an event must reach its Fields: with a value of its own, it is
// looked for there.
func TestFieldsShowEverything(t *testing.T) {
	t.Parallel()
	for _, e := range everyEvent {
		var shown []any
		for _, f := range e.Fields() {
			shown = append(shown, f.Value)
		}
		for _, want := range leaves(reflect.ValueOf(e)) {
			if list, ok := want.([]string); ok {
				want = len(list)
			}
			if !slices.Contains(shown, want) {
				t.Errorf("%s: %v is not in its Fields %v", e.Name(), want, shown)
			}
		}
	}
}

// leaves returns the values of all fields of an event, embedded ones included.
func leaves(v reflect.Value) []any {
	var all []any
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous {
			all = append(all, leaves(v.Field(i))...)
			continue
		}
		all = append(all, v.Field(i).Interface())
	}
	return all
}

func TestFieldsHaveFixedKeysAndPlainValues(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, e := range everyEvent {
		if names[e.Name()] {
			t.Errorf("two events are called %q", e.Name())
		}
		names[e.Name()] = true
		if e.Level() > observe.Error {
			t.Errorf("%s: level %d is not one of the levels", e.Name(), e.Level())
		}
		keys := map[string]bool{}
		for i, f := range e.Fields() {
			if i == 0 && f.Key != "node" {
				t.Errorf("%s: begins with %q, not with the node", e.Name(), f.Key)
			}
			if f.Key == "" || strings.Trim(f.Key, "abcdefghijklmnopqrstuvwxyz_") != "" {
				t.Errorf("%s: the key %q is not made of small letters", e.Name(), f.Key)
			}
			if keys[f.Key] {
				t.Errorf("%s: two fields are called %q", e.Name(), f.Key)
			}
			keys[f.Key] = true
			switch f.Value.(type) {
			case string, int, uint64, bool, time.Duration, error:
			default:
				t.Errorf("%s: %s is a %T, which no adapter knows", e.Name(), f.Key, f.Value)
			}
		}
	}
}

func TestCountersCountEveryEvent(t *testing.T) {
	t.Parallel()
	var c observe.Counters
	want := map[string]uint64{}
	for _, e := range everyEvent {
		c.Observe(e)
		want[e.Name()] = 1
	}
	if got := c.Snapshot().Events; !maps.Equal(got, want) {
		t.Errorf("counted %v, want one of each of %d events", got, len(want))
	}
}

type panicked struct{ error }

func (panicked) Stack() string { return "main.go:7" }

func TestCallbackFailedShowsTheStackOfAPanic(t *testing.T) {
	t.Parallel()
	has := func(err error) bool {
		fields := observe.CallbackFailed{Err: err}.Fields()
		return slices.Contains(fields, observe.Field{Key: "stack", Value: "main.go:7"})
	}
	if !has(fmt.Errorf("wrapped: %w", panicked{errFailure})) {
		t.Error("the stack of a panic is not shown")
	}
	if has(errFailure) {
		t.Error("an error without a stack shows one")
	}
}
