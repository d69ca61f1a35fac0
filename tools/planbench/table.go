package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tenure-go/tenure/rebalance"
)

// cellTime is spent on each cell, at least.
const cellTime = 500 * time.Millisecond

// figures are of one cell of our planner.
type figures struct {
	cell
	input      rebalance.Input
	members    int
	owner      []int32 // after the plan
	bytes      int64
	plan, sort time.Duration
}

func (f figures) ratio() float64 { return float64(f.plan) / float64(f.sort) }

// common are the fields of a row that all tables of our planner share.
func (f figures) common() []string {
	return []string{f.change, f.size.name, milliseconds(f.plan), milliseconds(f.sort), fmt.Sprintf("%.2f", f.ratio()),
		fmt.Sprintf("%.1f", float64(f.bytes)/float64(f.size.partitions))}
}

// measured plans a cell, in turns with sorting as many integers.
func measured(c cell) (figures, error) {
	progress("%v", c)
	input, err := c.input()
	if err != nil {
		return figures{}, err
	}
	f := figures{cell: c, input: input, members: len(input.Members)}
	plan, bytes, err := allocated(input)
	if err != nil {
		return f, fmt.Errorf("%v: %w", c, err)
	}
	f.owner, f.bytes = plan.Owner, bytes
	if err := complete(f.owner, c.size.partitions, f.members); err != nil {
		return f, fmt.Errorf("%v: the plan is broken: %w", c, err)
	}
	medians, err := inTurns(cellTime, 5, planning(input), sorting(c.size.partitions))
	if err != nil {
		return f, fmt.Errorf("%v: %w", c, err)
	}
	f.plan, f.sort = medians[0], medians[1]
	return f, nil
}

// unweightedTable is about partitions that are all alike.
func unweightedTable() ([]aim, error) {
	fmt.Println("Partitions that are all alike; in turns with slices.Sort of as many random int64.")
	t := newTable("change", "size", "plan ms", "sort ms", "plan÷sort", "B/partition", "moves", "least", "aims")
	err := eachCell(changes, false, func(c cell) error {
		f, err := measured(c)
		if err != nil {
			return err
		}
		made, least := moves(f.input.Owner, f.owner), leastMoves(f.input.Owner, f.members)
		aims := []aim{
			must("even", even(f.owner, f.members) == nil),
			must("least moves", made == least),
			aimBytes(f.bytes, c.size.partitions),
		}
		if c.incremental() {
			aims = append(aims, aimRatio("less than one sort", f.ratio(), 1))
			if c.largest() {
				aims = append(aims, aimTime(f.plan, planTime))
			}
		}
		t.row(aims, append(f.common(), fmt.Sprint(made), fmt.Sprint(least))...)
		return nil
	})
	return t.end(), err
}

// weightedTable is about partitions with weights.
func weightedTable() ([]aim, error) {
	fmt.Printf("Lognormal weights of σ=1, loads within %d%% of the share; drift is a factor of σ=0.5 on each weight.\n", bandWidth/10)
	t := newTable("change", "size", "plan ms", "sort ms", "plan÷sort", "B/partition", "moved load", "÷least", "outside", "giants", "aims")
	err := eachCell(slices.Concat(changes, []string{drift}), true, func(c cell) error {
		f, err := measured(c)
		if err != nil {
			return err
		}
		b := bandOf(f.input.Weights, f.members)
		made, least := b.movedLoad(f.input.Owner, f.owner), b.leastLoad(f.input.Owner)
		outside := b.outside(f.owner)
		aims := []aim{
			must("inside the band", outside == 0),
			aimLoad(made, least, b.total()/int64(c.size.partitions)),
			aimBytes(f.bytes, c.size.partitions),
		}
		if c.incremental() && c.largest() {
			aims = append(aims, aimTime(f.plan, weightedPlanTime))
		}
		t.row(aims, append(f.common(), share(made, b.total()), quotient(made, least), fmt.Sprint(outside), fmt.Sprint(len(b.giants)))...)
		return nil
	})
	return t.end(), err
}

// eachCell calls back for each size after each change.
func eachCell(changes []string, weighted bool, do func(cell) error) error {
	for _, change := range changes {
		for _, s := range sizes {
			if err := do(cell{s, change, weighted}); err != nil {
				return err
			}
		}
	}
	return nil
}

// table collects rows and their aims.
type table struct {
	text strings.Builder
	aims []aim
}

func newTable(columns ...string) *table {
	t := &table{}
	fmt.Fprintln(&t.text, strings.Join(columns, "\t"))
	return t
}

// row adds a row; the verdict on its aims is its last field.
func (t *table) row(aims []aim, fields ...string) {
	fmt.Fprintln(&t.text, strings.Join(append(fields, verdict(aims)), "\t"))
	t.aims = append(t.aims, aims...)
}

// end prints all rows in columns and returns all aims.
func (t *table) end() []aim {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = io.WriteString(w, t.text.String())
	_ = w.Flush()
	return t.aims
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.*f", decimals(d), float64(d)/float64(time.Millisecond))
}

// decimals shows three digits or more.
func decimals(d time.Duration) int {
	switch {
	case d < time.Millisecond:
		return 3
	case d < 10*time.Millisecond:
		return 2
	case d < 100*time.Millisecond:
		return 1
	}
	return 0
}

// share is a part of a whole, as a percentage.
func share(part, whole int64) string { return fmt.Sprintf("%.2f%%", 100*float64(part)/float64(whole)) }

// quotient tells 0 of 0 from a ratio.
func quotient(a, b int64) string {
	if b == 0 {
		return fmt.Sprintf("%d÷0", a)
	}
	return fmt.Sprintf("%.4f", float64(a)/float64(b))
}
