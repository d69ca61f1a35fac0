package main

import (
	"fmt"
	"io"
	"time"

	"github.com/tenure-go/tenure/internal/replay"
	"github.com/tenure-go/tenure/internal/trace"
)

// shownBreaches is how many broken promises are printed one by one.
const shownBreaches = 10

// report prints the tables and the last line. It returns an error if a promise was broken.
func report(out io.Writer, title string, tr *trace.Trace, results []*replay.Result, times bool) error {
	_, _ = fmt.Fprintf(out, "%s: %s\n\n", title, describe(tr))
	printFigures(out, tr, results)
	if times {
		_, _ = fmt.Fprint(out, "\nThe time that planning took, which is another one each time:\n")
		printTimes(out, results)
	}
	_, _ = fmt.Fprintln(out)
	ours := results[0]
	for _, b := range ours.Breaches[:min(len(ours.Breaches), shownBreaches)] {
		_, _ = fmt.Fprintf(out, "%s broke a promise %v\n", ours.Name, b)
	}
	moved := fmt.Sprintf("%d moves (minimum %d)", ours.Moves, ours.Minimum)
	if tr.Weighted() {
		moved = fmt.Sprintf("%d of load moved (minimum %d)", ours.MovedLoad, ours.MinimumLoad)
	}
	if broken := len(ours.Breaches); broken > 0 {
		_, _ = fmt.Fprintf(out, "sim: FAILED, %d promises broken in %d plans of %s, %s\n", broken, ours.Plans, ours.Name, moved)
		return fmt.Errorf("%s broke %d promises", ours.Name, broken)
	}
	_, _ = fmt.Fprintf(out, "sim: ok, no promise broken in %d plans of %s, %s\n", ours.Plans, ours.Name, moved)
	return nil
}

// describe sums up a trace.
func describe(tr *trace.Trace) string {
	joins, others, weights := 0, 0, 0
	for i := range tr.Events {
		switch tr.Events[i].Kind {
		case trace.Join:
			joins++
		case trace.Weight:
			weights++
		default:
			others++
		}
	}
	return fmt.Sprintf("%d partitions; %d joins, %d departures and returns, %d changes of load in %v", tr.Partitions, joins, others, weights, tr.End)
}

// printFigures prints what is the same each time, ours first.
func printFigures(out io.Writer, tr *trace.Trace, results []*replay.Result) {
	weighted, unfinished := tr.Weighted(), false
	var t table
	head, columns := []string{""}, []string{"planner"}
	if weighted {
		head, columns = append(head, ""), append(columns, "moves")
	}
	moved := map[bool]string{false: "moves", true: "load moved"}[weighted]
	t.add(append(head, "", "", "", "", "max/mean", "", "", "max−min", "", "", "no", "not")...)
	t.add(append(columns, moved, "minimum", "ratio", "placed", "mean", "p95", "max", "mean", "p95", "max", "owner", "even")...)
	for _, r := range results {
		cells, done, minimum := []string{r.Name}, r.Moves, r.Minimum
		if weighted {
			cells, done, minimum = append(cells, fmt.Sprint(r.Moves)), r.MovedLoad, r.MinimumLoad
		}
		unfinished = unfinished || done < minimum
		cells = append(cells, fmt.Sprint(done), fmt.Sprint(minimum), ratio(done, minimum), fmt.Sprint(r.Placed))
		for _, value := range []float64{r.Ratio.Mean, r.Ratio.P95, r.Ratio.Max} {
			cells = append(cells, fmt.Sprintf("%.2f", value))
		}
		for _, value := range []float64{r.Spread.Mean, r.Spread.P95, r.Spread.Max} {
			cells = append(cells, fmt.Sprintf("%.1f", value))
		}
		t.add(append(cells, r.Unowned.Round(time.Second).String(), r.Uneven.Round(time.Second).String())...)
	}
	t.print(out)
	printNotes(out, tr, unfinished)
}

// ratio is what was moved as a multiple of what had to.
func ratio(done, minimum int64) string {
	switch {
	case done == 0 && minimum == 0:
		return "–"
	case minimum == 0:
		return "∞"
	}
	return fmt.Sprintf("%.2f", float64(done)/float64(minimum))
}

// printNotes explains what a reader might take for something else.
func printNotes(out io.Writer, tr *trace.Trace, unfinished bool) {
	_, _ = fmt.Fprint(out, "\nmax/mean: load of the fullest member by the mean; max−min: partitions between two members; both over time.\n")
	if tr.Weighted() {
		_, _ = fmt.Fprint(out, "minimum: the least load that had to move, from each planner's own state, to bring all inside 5% of the mean.\n")
	} else {
		_, _ = fmt.Fprint(out, "minimum: the least moves, from each planner's own state, until no two members differ by more than one partition.\n")
	}
	if unfinished {
		_, _ = fmt.Fprint(out, "A ratio below 1 is no merit: that planner left the group uneven, and what it left undone counts again at each change.\n")
	}
	if tr.Weighted() || tr.Uneven() || len(tr.Zones) > 0 {
		_, _ = fmt.Fprint(out, "The rivals know nothing of loads, of capacities and of zones of partitions.\n")
	}
}

// printTimes prints what differs from run to run.
func printTimes(out io.Writer, results []*replay.Result) {
	var t table
	t.add("planner", "plans", "together", "longest")
	for _, r := range results {
		t.add(r.Name, fmt.Sprint(r.Plans), milliseconds(r.Planning), milliseconds(r.Longest))
	}
	t.print(out)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1000) }
