package tenuretest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// shown is how many lines of the timeline a report has at most for one claim.
const shown = 40

// timeline is what happened, for a person. It is safe for concurrent use.
type timeline struct {
	begun time.Time

	mu      sync.Mutex // guards what follows
	entries []entry
}

// entry is one line: something happened to a member, or to a claim of it.
type entry struct {
	at                time.Duration
	member, key, text string
}

func (t *timeline) add(member, key, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, entry{time.Since(t.begun), member, key, fmt.Sprintf(format, args...)})
}

// of returns the last lines up to an instant about one claim and about whatever
// happened to members that had to do with it; with key "" about all members.
func (t *timeline) of(key string, until time.Duration) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	concerned := map[string]bool{}
	width := 0
	for _, e := range t.entries {
		if e.key == key {
			concerned[e.member] = true
			width = max(width, len(e.member))
		}
	}
	var lines []string
	for _, e := range t.entries {
		if e.at <= until && (e.key == key || e.key == "" && concerned[e.member]) {
			lines = append(lines, fmt.Sprintf("  %10s  %-*s  %s", e.at.Round(time.Millisecond), width, e.member, e.text))
		}
	}
	return strings.Join(lines[max(0, len(lines)-shown):], "\n")
}

// verdict fails the test if a guarantee was broken, and shows how it came to
// that.
func (c *Cluster) verdict() {
	c.Helper()
	breaches := c.referee.Breaches()
	if len(breaches) == 0 {
		return
	}
	var report strings.Builder
	fmt.Fprintf(&report, "breaches: %d, by the IDs of docs/guarantees.md; A3 is the worker's, all others are the library's:\n", len(breaches))
	last := map[string]time.Duration{}
	for i, b := range breaches {
		if i < shown {
			fmt.Fprintf(&report, "  %10s  %s\n", b.At.Round(time.Millisecond), b.Text)
		}
		if _, seen := last[b.Key]; !seen { // the first breach of a claim tells most
			last[b.Key] = b.At
		}
	}
	keys := make([]string, 0, len(last))
	for key := range last {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(last[a], last[b]), cmp.Compare(a, b)) })
	for _, key := range keys[:min(3, len(keys))] {
		fmt.Fprintf(&report, "%s until then:\n%s\n", cmp.Or(key, "the members"), c.timeline.of(key, last[key]))
	}
	c.Errorf("%s", strings.TrimRight(report.String(), "\n"))
}
