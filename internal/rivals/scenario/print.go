package scenario

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// row is the row of one strategy.
type row struct {
	name  string
	cells []string
	noted []string // by column: the figure of others, or nothing
}

// cells renders the means of an experiment that are shown, or that it failed.
func (e experiment) cells(means []float64) []string {
	var list []string
	for i, c := range e.columns {
		switch {
		case means == nil:
			list = append(list, "failed")
		case math.IsNaN(means[i]):
			list = append(list, "–")
		default:
			list = append(list, fmt.Sprintf(c.format, means[i]))
		}
	}
	return list
}

// print writes a table with columns that line up, and an empty line.
func (t table) print(w io.Writer, rows []row) error {
	groups, heads := []string{""}, []string{""}
	for _, e := range t.experiments {
		for _, c := range e.columns {
			groups = append(groups, c.group)
			heads = append(heads, c.head)
		}
	}
	lines := []string{t.title, "", line(groups), line(heads)}
	for _, r := range rows {
		cells := []string{r.name}
		for i, cell := range r.cells {
			if i < len(r.noted) && r.noted[i] != "" {
				cell += " (" + r.noted[i] + ")"
			}
			cells = append(cells, cell)
		}
		lines = append(lines, line(cells))
	}
	if len(t.foot) > 0 {
		lines = append(lines, line(t.foot))
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := io.WriteString(out, strings.Join(lines, "\n")+"\n\n"); err != nil {
		return err
	}
	return out.Flush()
}

// line joins cells without the empty ones at the end, which would become blanks.
func line(cells []string) string {
	return strings.TrimRight(strings.Join(cells, "\t"), "\t")
}
