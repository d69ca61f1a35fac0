package main

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-analyze/charts"

	"github.com/tenure-go/tenure/internal/replay"
	"github.com/tenure-go/tenure/internal/trace"
)

// chartFormat is told by the end of the name of a file. What cannot be written later is
// refused at once.
func chartFormat(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	if _, err := os.Stat(filepath.Dir(file)); err != nil {
		return "", usageError{err}
	}
	switch filepath.Ext(file) {
	case ".svg":
		return charts.ChartOutputSVG, nil
	case ".png":
		return charts.ChartOutputPNG, nil
	}
	return "", usagef("a chart in %q; give a name that ends in .svg or .png", file)
}

// The layout of a chart, in pixels.
const (
	chartWidth, chartHeight  = 1200, 860
	plotLeft, plotRight      = 90, chartWidth - 30
	ratioTop, ratioBottom    = 130, 420
	eventsTop, eventsRow     = 440, 18
	movesTop, movesBottom    = 550, 800
	textSize                 = 10.0
	legendTop, legendSpacing = 66, 28
)

var (
	ink       = charts.ColorFromHex("#222222")
	gridColor = charts.ColorFromHex("#dddddd")
	ourColor  = charts.ColorFromHex("#0b3d91")
	// rivalColors can be told apart by the colour-blind, too; further rivals are grey.
	rivalColors = []charts.Color{
		charts.ColorFromHex("#e69f00"), charts.ColorFromHex("#009e73"), charts.ColorFromHex("#d55e00"),
		charts.ColorFromHex("#cc79a7"), charts.ColorFromHex("#56b4e9"),
	}
	otherColor = charts.ColorFromHex("#bbbbbb")
)

// chart draws two panels over one axis of time, and the events between them.
type chart struct {
	*charts.Painter
	end time.Duration
}

// drawChart draws how even each planner kept the group and what it moved, ours on top.
func drawChart(title string, tr *trace.Trace, results []*replay.Result, format string) ([]byte, error) {
	c := chart{charts.NewPainter(charts.PainterOptions{OutputFormat: format, Width: chartWidth, Height: chartHeight}), max(tr.End, 1)}
	c.FilledRect(0, 0, chartWidth, chartHeight, charts.ColorWhite, charts.ColorWhite, 0)
	c.text(title+": "+describe(tr), plotLeft, 36, textSize+3, ink)
	c.legend(results)

	worst, moves := 1.0, int64(1)
	for _, r := range results {
		for _, s := range r.Samples {
			worst, moves = max(worst, s.Ratio), max(moves, s.Moves)
		}
	}
	c.text("Load of the fullest member, as a multiple of the mean", plotLeft, ratioTop-12, textSize, ink)
	even := linear(worst)
	c.axis(even, ratioTop, ratioBottom)
	c.text("Partitions moved so far (logarithmic)", plotLeft, movesTop-12, textSize, ink)
	many := logarithmic(moves)
	c.axis(many, movesTop, movesBottom)
	c.times()
	c.events(tr)
	for i := len(results) - 1; i >= 0; i-- { // ours is drawn last
		color, width := style(i)
		c.line(results[i], func(s replay.Sample) float64 { return s.Ratio }, even, ratioTop, ratioBottom, color, width)
		c.line(results[i], func(s replay.Sample) float64 { return float64(max(1, s.Moves)) }, many, movesTop, movesBottom, color, width)
	}
	return c.Bytes()
}

// style is the colour and the width of the line of a planner.
func style(i int) (charts.Color, float64) {
	switch {
	case i == 0:
		return ourColor, 3
	case i <= len(rivalColors):
		return rivalColors[i-1], 1.5
	}
	return otherColor, 1
}

func (c chart) text(body string, x, y int, size float64, color charts.Color) {
	c.Text(body, x, y, 0, charts.FontStyle{FontSize: size, FontColor: color})
}

func (c chart) width(body string) int {
	return c.MeasureText(body, 0, charts.FontStyle{FontSize: textSize, FontColor: ink}).Width()
}

// legend names the lines; the grey ones share a name.
func (c chart) legend(results []*replay.Result) {
	x, y := plotLeft, legendTop
	for i, r := range results {
		name := r.Name
		if i == len(rivalColors)+1 {
			name = strconv.Itoa(len(results)-i) + " others"
		} else if i > len(rivalColors) {
			break
		}
		color, width := style(i)
		c.LineStroke([]charts.Point{{X: x, Y: y - 4}, {X: x + 24, Y: y - 4}}, color, width+1)
		c.text(name, x+30, y, textSize, ink)
		x += 30 + c.width(name) + legendSpacing
	}
}

// scale maps values to 0 at the bottom and 1 at the top.
type scale struct {
	at    func(float64) float64
	ticks []float64
	label func(float64) string
}

// linear goes from a little below 1, so that a line at 1 is seen, to the first tick above
// the largest value.
func linear(largest float64) scale {
	step := 0.01
	for i := 0; (largest-1)/step > 6; i++ { // 0.02, 0.05, 0.1 and so on
		step *= [...]float64{2, 2.5, 2}[i%3]
	}
	count := max(1, int(math.Ceil((largest-1)/step-1e-9)))
	s := scale{label: func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }}
	for i := range count + 1 {
		s.ticks = append(s.ticks, 1+float64(i)*step)
	}
	below := 0.15 * step
	s.at = func(v float64) float64 { return (v - 1 + below) / (float64(count)*step + below) }
	return s
}

// logarithmic goes from 1 to the first power of ten above the largest value.
func logarithmic(largest int64) scale {
	powers := max(1, math.Ceil(math.Log10(float64(largest))))
	s := scale{
		at:    func(v float64) float64 { return math.Log10(v) / powers },
		label: func(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) },
	}
	for power := 0.0; power <= powers; power++ {
		s.ticks = append(s.ticks, math.Pow(10, power))
	}
	return s
}

func (s scale) y(v float64, top, bottom int) int {
	return bottom - int(math.Round(s.at(v)*float64(bottom-top)))
}

// axis draws the grid and the values beside it.
func (c chart) axis(s scale, top, bottom int) {
	for _, v := range s.ticks {
		y := s.y(v, top, bottom)
		c.LineStroke([]charts.Point{{X: plotLeft, Y: y}, {X: plotRight, Y: y}}, gridColor, 1)
		label := s.label(v)
		c.text(label, plotLeft-8-c.width(label), y+4, textSize, ink)
	}
	c.LineStroke([]charts.Point{{X: plotLeft, Y: top}, {X: plotLeft, Y: bottom}, {X: plotRight, Y: bottom}}, ink, 1)
}

func (c chart) x(at time.Duration) int {
	return plotLeft + int(math.Round(float64(at)/float64(c.end)*(plotRight-plotLeft)))
}

// times draws the axis of time below both panels.
func (c chart) times() {
	steps := []time.Duration{time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute,
		10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour}
	step := steps[0]
	for _, step = range steps {
		if c.end/step <= 12 {
			break
		}
	}
	for c.end/step > 12 {
		step *= 2
	}
	unit, name := time.Hour, "hours"
	if c.end < time.Minute*2 {
		unit, name = time.Second, "seconds"
	} else if c.end < 2*time.Hour {
		unit, name = time.Minute, "minutes"
	}
	for at := time.Duration(0); at <= c.end; at += step {
		label := strconv.FormatFloat(float64(at)/float64(unit), 'g', 4, 64)
		for _, bottom := range []int{ratioBottom, movesBottom} {
			c.LineStroke([]charts.Point{{X: c.x(at), Y: bottom}, {X: c.x(at), Y: bottom + 5}}, ink, 1)
		}
		c.text(label, c.x(at)-c.width(label)/2, movesBottom+20, textSize, ink)
	}
	label := "Time since the start, in " + name
	c.text(label, (plotLeft+plotRight-c.width(label))/2, movesBottom+42, textSize, ink)
}

// events draws a mark for each event after the start, in a row for each sort.
func (c chart) events(tr *trace.Trace) {
	rows := []struct {
		name  string
		kinds []trace.Kind
	}{
		{"comes", []trace.Kind{trace.Join, trace.Return}},
		{"leaves", []trace.Kind{trace.Leave}},
		{"fails", []trace.Kind{trace.Crash, trace.Away}},
		{"load", []trace.Kind{trace.Weight}},
	}
	for i, row := range rows {
		y := eventsTop + i*eventsRow
		c.text(row.name, plotLeft-8-c.width(row.name), y+11, textSize, ink)
		last := -1
		for j := range tr.Events {
			e := &tr.Events[j]
			x := c.x(e.At)
			for _, kind := range row.kinds {
				if e.Kind == kind && e.At > 0 && x != last {
					last = x
					c.LineStroke([]charts.Point{{X: x, Y: y + 1}, {X: x, Y: y + eventsRow - 5}}, ink, 1)
				}
			}
		}
	}
}

// line draws steps: a value holds until the next sample.
func (c chart) line(r *replay.Result, value func(replay.Sample) float64, s scale, top, bottom int, color charts.Color, width float64) {
	var points []charts.Point
	add := func(p charts.Point) {
		if len(points) == 0 || points[len(points)-1] != p {
			points = append(points, p)
		}
	}
	for i, sample := range r.Samples {
		until := c.end
		if i+1 < len(r.Samples) {
			until = r.Samples[i+1].At
		}
		if sample.Ratio == 0 { // nobody is there: a gap
			add(charts.Point{X: c.x(sample.At), Y: math.MaxInt32})
			continue
		}
		y := s.y(value(sample), top, bottom)
		add(charts.Point{X: c.x(sample.At), Y: y})
		add(charts.Point{X: c.x(until), Y: y})
	}
	c.LineStroke(points, color, width)
}
