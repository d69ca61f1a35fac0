package scenario

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tenure-go/tenure/internal/rivals"
)

// quick is one table with every experiment, small.
func quick() []table {
	const p, n = 60, 8
	moves := column{"", "moves", "%.2f"}
	return []table{{title: "small", experiments: []experiment{
		play("start", p, n, 1, shares, moves),
		play("join", p, n, 1, joinOne, moves),
		play("join ratio", p, n, 1, joinRatio, moves),
		play("leave", p, n, 1, leaveOne, moves),
		play("churn", p, n, 1, churn, moves),
		play("leave, join", p, n, 1, restartFirst, moves),
		play("join, drain", p, n, 1, restartSurge, moves),
		play("swap", p, n, 1, restartSwap, moves),
		play("away", p, n, 1, restartAway, moves),
	}}}
}

// underOurName gives a strategy the name of ours, to be held to its promises.
func underOurName(s rivals.Strategy) rivals.Strategy {
	s.Name = rivals.Tenure().Name
	return s
}

func TestTables_AreReadable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var steps, total int
	err := Tables(&out, []rivals.Strategy{rivals.Tenure()}, func(done, of int) { steps, total = steps+1, of })
	if err != nil {
		t.Fatal(err)
	}
	if steps != total || total == 0 {
		t.Errorf("told of %d runs of %d", steps, total)
	}
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > 120 || strings.TrimRight(line, " ") != line {
			t.Errorf("a line is longer than 120 or ends with blanks: %q", line)
		}
	}
	var rows []string
	for line := range strings.Lines(out.String()) {
		if cells := strings.Fields(line); len(cells) > 0 && cells[0] == "tenure" {
			rows = append(rows, strings.Join(cells, " "))
		}
	}
	if want := []string{
		"tenure 1.00 (1.00) 0.0 (0) 60.0 (60) 0.0 (0) 2.00 (2.00) 1.00 (1.00) 1",
		"tenure 1.33 1.00 (1.00) 1 1.00 1.00 0.0",
		"tenure 2.00 1.81 1.00 0.00 2.00 1.98 1.00 0.00 2.00 2.00 1.00 0.00",
	}; !slices.Equal(rows, want) {
		t.Errorf("rows\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

func TestTables_AreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	var first, second bytes.Buffer
	for _, out := range []io.Writer{&first, &second} {
		if err := printAll(out, quick(), rivals.All()[:5], nil); err != nil {
			t.Fatal(err)
		}
	}
	if first.String() != second.String() {
		t.Errorf("printed\n%s\nand then\n%s", first.String(), second.String())
	}
}

func TestTables_TakeEveryStrategy(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := printAll(&out, quick(), rivals.All(), nil); err != nil {
		t.Error(err)
	}
	for _, s := range rivals.All() {
		if !strings.Contains(out.String(), "\n"+s.Name+" ") {
			t.Errorf("no row of %s in\n%s", s.Name, out.String())
		}
	}
}

// Each of these breaks a promise in its own way, and under our name that is found.
func TestTables_NoticeABrokenPlannerOfOurs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		s    rivals.Strategy
		want string // one of the broken promises
	}{
		{"modulo moves nearly everything", rivals.Modulo(), "join: seed 1: the planner of this library broke a promise: it moved"},
		{"a ring is uneven", rivals.Ring(100), "start: seed 1: start: the planner of this library broke a promise: one member owns"},
		{"stealing moves what could stay", rivals.TableStealing(), "it moved 1 partitions that had an owner, the minimum is 0"},
		{"Kafka's moves partitions of even groups", rivals.Uniform(), "churn: seed 1: change"},
		{"nor does it know who is away", rivals.Uniform(), "away: seed 1: member 0"},
		{"partitions without an owner in between", dropping(), "swap: seed 1: the planner of this library broke a promise: 60 partitions changed"},
	} {
		var out bytes.Buffer
		err := printAll(&out, quick(), []rivals.Strategy{underOurName(test.s), toFirst()}, nil)
		if !errors.Is(err, ErrPromise) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want one with %q", test.name, err, test.want)
		}
		if strings.Count(out.String(), "failed") == 0 || !strings.Contains(out.String(), "\nfirst ") {
			t.Errorf("%s: no cell says that it failed, or the next row is missing:\n%s", test.name, out.String())
		}
		if err := printAll(io.Discard, quick(), []rivals.Strategy{test.s}, nil); test.s.Name != "dropping" && err != nil {
			t.Errorf("%s: under its own name: %v", test.name, err)
		}
	}
}

// dropping plans as ours does, but what moves has no owner for one round.
func dropping() rivals.Strategy {
	ours := rivals.Tenure()
	return rivals.Strategy{Name: "dropping", Round: time.Second, Plan: func(g rivals.Group) []int32 {
		owner := ours.Plan(g)
		if slices.Contains(g.Owner, rivals.NoOwner) {
			return owner
		}
		for p, from := range g.Owner {
			if owner[p] != from {
				owner[p] = rivals.NoOwner
			}
		}
		return owner
	}}
}

func TestTables_GoOnAfterAFailure(t *testing.T) {
	t.Parallel()
	none := rivals.Strategy{Name: "none", Plan: func(rivals.Group) []int32 { return nil }}
	var out bytes.Buffer
	var last, total int
	err := printAll(&out, quick(), []rivals.Strategy{none, rivals.Tenure()}, func(done, of int) { last, total = done, of })
	if err == nil || errors.Is(err, ErrPromise) || !strings.Contains(err.Error(), "none, 60 partitions, 8 members, join: seed 1: start: planned 0 partitions of 60") {
		t.Errorf("%v, want the strategy, the experiment and the seed", err)
	}
	if strings.Count(out.String(), "failed") != 9 || last != total {
		t.Errorf("told of %d runs of %d, and printed\n%s", last, total, out.String())
	}
}

func TestTables_ReturnTheErrorOfTheWriter(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	full := errors.New("full")
	if err := reader.CloseWithError(full); err != nil {
		t.Fatal(err)
	}
	if err := printAll(writer, quick(), []rivals.Strategy{rivals.Tenure()}, nil); !errors.Is(err, full) {
		t.Errorf("%v, want the error of the writer", err)
	}
}

func TestRatio_OfNothing(t *testing.T) {
	t.Parallel()
	e := play("churn", 1, 1, 1, nil, column{format: "%.2f"}, column{format: "%.2f"})
	if got := e.cells([]float64{(&fleet{}).ratio(), 1}); !slices.Equal(got, []string{"–", "1.00"}) {
		t.Errorf("cells %q", got)
	}
}

// A strategy that gets another name must not lose what was noted of it.
func TestNoted_NamesStrategies(t *testing.T) {
	t.Parallel()
	var names []string
	for _, s := range rivals.All() {
		names = append(names, s.Name)
	}
	for _, table := range all() {
		columns := 0
		for _, e := range table.experiments {
			columns += len(e.columns)
		}
		for name, figures := range table.noted {
			if !slices.Contains(names, name) || len(figures) > columns {
				t.Errorf("%d figures are noted of %q; there are %d columns", len(figures), name, columns)
			}
		}
		if len(table.foot) > 0 && len(table.foot) != columns+1 {
			t.Errorf("the last row has %d cells for %d columns", len(table.foot), columns)
		}
	}
}
