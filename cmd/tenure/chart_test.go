package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// draw returns the chart of a small trace.
func draw(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	args = append([]string{"sim", "-chart", file, "-times=false"}, args...)
	if code, _, errs := tenure(t, args...); code != exitOK {
		t.Fatalf("%q: exit code %d, %s", args, code, errs)
	}
	picture, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// texts returns what can be read in a drawing, and how many lines it has of each colour.
func texts(t *testing.T, svg []byte) (all []string) {
	t.Helper()
	inText := false
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text"
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				all = append(all, string(token))
			}
		}
	}
}

func TestChart_SaysWhatItShows(t *testing.T) {
	t.Parallel()
	args := []string{"-generate", "outage", "-partitions", "64", "-members", "6"}
	svg := draw(t, "chart.svg", args...)
	seen := strings.Join(texts(t, svg), "\n")
	for _, want := range []string{
		"outage, seed 1: 64 partitions", "tenure", "kafka before 18688", "others", "multiple of the mean", "Partitions moved so far (logarithmic)",
		"Time since the start, in minutes", "comes", "leaves", "fails", "load", "1.00", "100", "60",
	} {
		if !strings.Contains(seen, want) {
			t.Errorf("no %q in\n%s", want, seen)
		}
	}
	if again := draw(t, "chart.svg", args...); !bytes.Equal(svg, again) {
		t.Error("two drawings of one trace differ")
	}
	ours := bytes.LastIndex(svg, []byte("rgb(11,61,145)"))
	for _, rival := range []string{"rgb(230,159,0)", "rgb(187,187,187)"} {
		if at := bytes.LastIndex(svg, []byte(rival)); at < 0 || at > ours {
			t.Errorf("a line of colour %s is at %d, above ours at %d", rival, at, ours)
		}
	}
}

func TestChart_IsAPicture(t *testing.T) {
	t.Parallel()
	picture, err := png.Decode(bytes.NewReader(draw(t, "chart.png", "-trace", "testdata/story.trace", "-against", "modulo")))
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != chartWidth || size.Y != chartHeight {
		t.Errorf("size %v", size)
	}
}

// Nobody is there, nothing lasts, or it lasts for months: there is a chart all the same.
func TestChart_OfStrangeTraces(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nobody": "partitions 4\nend 30s\n",
		"moment": "partitions 4\nend 0s\n0s join a\n",
		"months": "partitions 4\nend 8784h\n0s join a\n1s leave a\n5000h join b\n6000h join c\n",
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		svg := draw(t, "chart.svg", "-trace", file)
		if seen := texts(t, svg); len(seen) < 20 || len(seen) > 60 {
			t.Errorf("%s: %d texts: %q", name, len(seen), seen)
		}
		// One line in the legend, and in each panel as many as there are times with members.
		lines := map[string]int{"nobody": 1, "moment": 3, "months": 5}[name]
		if got := bytes.Count(svg, []byte("stroke:rgb(11,61,145)")); got != lines {
			t.Errorf("%s: ours has %d lines, want %d", name, got, lines)
		}
	}
}

func TestLinear_TicksAreRoundAndCoverTheValues(t *testing.T) {
	t.Parallel()
	for largest, want := range map[float64][2]float64{1: {1, 1.01}, 1.05: {1, 1.05}, 1.69: {1, 1.8}, 2.5: {1, 2.5}, 9: {1, 9}, 40: {1, 41}} {
		s := linear(largest)
		first, last := s.ticks[0], s.ticks[len(s.ticks)-1]
		if first != want[0] || last < want[1]-1e-9 || last > want[1]+1e-9 || s.at(first) <= 0 || s.at(last) < 1-1e-9 || s.at(last) > 1+1e-9 || len(s.ticks) > 8 {
			t.Errorf("up to %v: ticks %v at %v to %v; want %v", largest, s.ticks, s.at(first), s.at(last), want)
		}
	}
}

func TestProgress_IsQuietAtFirstAndBetweenLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newProgress(&out)
	p.say("too early")
	p.next = time.Now().Add(-time.Second)
	p.say("line %d", 1)
	p.say("too early again")
	if out.String() != "line 1\n" {
		t.Errorf("got %q", &out)
	}
}
