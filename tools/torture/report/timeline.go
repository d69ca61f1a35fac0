package report

import (
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/tools/torture/logbook"
	"github.com/tenure-go/tenure/tools/torture/rig"
)

// The picture's measures, in pixels.
const (
	labels    = 120
	perSecond = 14
	rowHeight = 18
)

// colours of the members, by number.
var colours = []string{"#4c78a8", "#f58518", "#54a24b", "#b279a2", "#72b7b2", "#eeca3b", "#9d755d", "#bab0ac"}

// Timeline draws who ran each partition when, and the faults above, as SVG.
func Timeline(out *rig.Outcome) []byte {
	d := &drawing{began: out.Began, ended: out.Ended}
	whom := map[string]bool{}
	for _, s := range out.Spans {
		whom[s.Whom] = true
	}
	for _, name := range slices.Sorted(maps.Keys(whom)) {
		d.row(name)
		d.key(memberColour(name))
		for _, s := range out.Spans {
			if s.Whom == name {
				d.bar(s.From, s.To, faultColour(s), s.Name+" "+s.Failed)
			}
		}
	}
	d.row("violations")
	for _, r := range out.Results {
		for _, f := range r.Findings {
			d.bar(f.At, f.At, "#000000", r.ID+": "+f.Text)
		}
	}
	for _, p := range out.History.Partitions {
		d.row("partition " + p)
		for _, b := range stints(out, p) {
			d.bar(b.from, b.to, memberColour(b.process), b.text)
		}
	}
	return d.svg(fmt.Sprintf("%s, case %s, seed %d", out.Options.Store(), out.Options.Case.Name, out.Options.Seed))
}

type stint struct {
	from, to      time.Duration
	process, text string
}

// stints returns when each owner ran the partition: from its start to OnLost, or to the
// last that was heard of it.
func stints(out *rig.Outcome, partition string) []stint {
	var all []stint
	open := map[[2]any]int{}
	for _, e := range out.History.Events {
		at := [2]any{e.Process, e.Token}
		i, known := open[at]
		switch {
		case e.Key != partition || e.Op != nil:
		case e.Kind == logbook.Granted:
			open[at] = len(all)
			all = append(all, stint{e.From, e.From, e.Process, fmt.Sprintf("%s, token %d", e.Process, e.Token)})
		case known && e.Kind == logbook.Lost:
			all[i].to = e.From
			all[i].text += ", " + e.Note
			delete(open, at)
		case known:
			all[i].to = max(all[i].to, e.To)
		}
	}
	return all
}

// memberColour returns the colour of a member and of its processes, "none" for others.
func memberColour(name string) string {
	var number int
	if n, _ := fmt.Sscanf(name, "w%d", &number); n == 0 {
		return "none"
	}
	return colours[number%len(colours)]
}

func faultColour(s logbook.Span) string {
	switch {
	case isAct(s):
		return "#dddddd"
	case s.Failed != "":
		return "#ffffff"
	}
	return "#e45756"
}

type drawing struct {
	began, ended time.Duration
	rows         int
	body         strings.Builder
}

func (d *drawing) x(at time.Duration) float64 { return labels + perSecond*(at-d.began).Seconds() }

func (d *drawing) row(label string) {
	d.rows++
	fmt.Fprintf(&d.body, "<text x=\"4\" y=\"%d\">%s</text>\n", d.rows*rowHeight+32, html.EscapeString(label))
}

// key puts a square of the colour beside the label of the row.
func (d *drawing) key(colour string) {
	fmt.Fprintf(&d.body, "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>\n", labels-16, d.rows*rowHeight+23, colour)
}

func (d *drawing) bar(from, to time.Duration, colour, text string) {
	fmt.Fprintf(&d.body, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\" fill-opacity=\"0.8\" stroke=\"#444\" stroke-width=\"0.3\"><title>%s</title></rect>\n",
		d.x(from), d.rows*rowHeight+20, max(1, d.x(to)-d.x(from)), rowHeight-3, colour,
		html.EscapeString(fmt.Sprintf("%s: %.3f to %.3f s", text, (from-d.began).Seconds(), (to-d.began).Seconds())))
}

func (d *drawing) svg(title string) []byte {
	width, height := d.x(d.ended)+20, (d.rows+2)*rowHeight+30
	var b strings.Builder
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n", width, height)
	fmt.Fprintf(&b, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n<text x=\"4\" y=\"14\" font-size=\"13\">%s</text>\n", html.EscapeString(title))
	for s := time.Duration(0); d.began+s < d.ended; s += 10 * time.Second {
		fmt.Fprintf(&b, "<line x1=\"%[1]f\" x2=\"%[1]f\" y1=\"20\" y2=\"%[2]d\" stroke=\"#ccc\"/><text x=\"%[1]f\" y=\"30\">%[3]v</text>\n", d.x(d.began+s), height-20, s)
	}
	b.WriteString(d.body.String())
	b.WriteString("</svg>\n")
	return []byte(b.String())
}
