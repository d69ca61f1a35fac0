package scenario

import (
	"errors"
	"fmt"
	"io"

	"github.com/tenure-go/tenure/internal/rivals"
)

// experiment is one thing that every strategy goes through, with several seeds.
type experiment struct {
	name                string // for errors
	partitions, members int
	seeds               int
	columns             []column // of the first figures that run returns
	run                 func(*fleet) ([]float64, error)
}

// column is a column of a table. The group, where it has one, stands above the head.
type column struct {
	group, head string
	format      string // such as %.2f
}

// table is one table: a row for each strategy, the columns of several experiments.
type table struct {
	title       string
	experiments []experiment
	noted       map[string][]string // by strategy and column: what was noted of the same
	foot        []string            // a last row as it is, or nothing
}

// Tables plays all scenarios and prints the tables: shares and moves of single changes,
// moves of many changes, and restarts of the whole fleet. progress may be nil; it is told
// how many of all runs are done.
//
// The error says what went wrong in the rows that then read "failed". It wraps ErrPromise if
// the planner of this library, known by its name, moved more than the minimum, did not end
// even, or did not restart a fleet for one move a partition, or none. Others are held only
// to give every partition to somebody who is there, and to come to rest.
func Tables(w io.Writer, strategies []rivals.Strategy, progress func(done, total int)) error {
	return printAll(w, all(), strategies, progress)
}

func printAll(w io.Writer, tables []table, strategies []rivals.Strategy, progress func(done, total int)) error {
	done, total := 0, 0
	for _, t := range tables {
		for _, e := range t.experiments {
			total += len(strategies) * e.seeds
		}
	}
	step := func(n int) {
		if done += n; progress != nil {
			progress(done, total)
		}
	}
	var failed []error
	for _, t := range tables {
		var rows []row
		for _, s := range strategies {
			r := row{name: s.Name, noted: t.noted[s.Name]}
			for _, e := range t.experiments {
				figures, err := e.mean(s, step)
				if err != nil {
					failed = append(failed, fmt.Errorf("%s, %s: %w", s.Name, e.name, err))
				}
				r.cells = append(r.cells, e.cells(figures)...)
			}
			rows = append(rows, r)
		}
		if err := t.print(w, rows); err != nil {
			return err
		}
	}
	return errors.Join(failed...)
}

// mean runs an experiment with all its seeds and returns the means of its figures. step is
// told of each run.
func (e experiment) mean(s rivals.Strategy, step func(int)) ([]float64, error) {
	var means []float64
	for seed := 1; seed <= e.seeds; seed++ {
		f, err := newFleet(s, e.partitions, e.members, seed)
		var figures []float64
		if err == nil {
			figures, err = e.run(f)
		}
		if err != nil {
			step(e.seeds - seed + 1)
			return nil, fmt.Errorf("seed %d: %w", seed, err)
		}
		if means == nil {
			means = make([]float64, len(figures))
		}
		for i, x := range figures {
			means[i] += x / float64(e.seeds)
		}
		step(1)
	}
	return means, nil
}
