package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// screen shows the table: redrawn in place on a terminal, else printed again
// at each change.
type screen struct {
	out      io.Writer
	terminal bool
	begun    time.Time

	mu      sync.Mutex // one writer at a time; guards what follows
	heading string
	rows    []string // every member that was ever seen working
	drawn   int      // lines to redraw on a terminal
}

func newScreen(out io.Writer, terminal bool) *screen {
	return &screen{out: out, terminal: terminal, begun: time.Now()}
}

// say begins a step of the story.
func (s *screen) say(heading string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heading = heading
	s.drawn = 0
	s.print("\n%4.1f s  %s\n", time.Since(s.begun).Seconds(), heading)
}

// add says more about a step.
func (s *screen) add(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn = 0
	s.print("         %s\n", line)
}

// end prints the last line.
func (s *screen) end(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print("\n%s\n", line)
}

func (s *screen) print(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, format, args...) // a story that nobody reads goes on
}

// follow draws at each change until stop is closed.
func (s *screen) follow(r *referee, stop <-chan struct{}) {
	for {
		working, changed := r.look()
		if len(working) > 0 {
			s.draw(working)
		}
		select {
		case <-changed:
		case <-stop:
			return
		}
		select { // what comes together is drawn together
		case <-time.After(100 * time.Millisecond):
		case <-stop:
			return
		}
	}
}

func (s *screen) draw(working map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, member := range working {
		if !slices.Contains(s.rows, member) {
			s.rows = append(s.rows, member)
			slices.Sort(s.rows)
		}
	}
	table := s.table(working)
	if s.terminal && s.drawn > 0 {
		s.print("\x1b[%dA\x1b[J", s.drawn) // up, and clear what is below
	}
	s.print("%s", table)
	s.drawn = strings.Count(table, "\n")
}

// table has a row per member and a column per partition.
func (s *screen) table(working map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %6.1f s", time.Since(s.begun).Seconds())
	for i := range partitionCount {
		fmt.Fprintf(&b, "%3d", i)
	}
	b.WriteString("\n")
	for _, member := range s.rows {
		fmt.Fprintf(&b, "  %-8s", member)
		count := 0
		for i := range partitionCount {
			mark := "·"
			if working[partitionName(i)] == member {
				mark = "■"
				count++
			}
			b.WriteString("  " + mark)
		}
		fmt.Fprintf(&b, "  %2d\n", count)
	}
	return b.String()
}
