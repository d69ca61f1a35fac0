package trace

import (
	"bufio"
	"fmt"
	"io"
)

// Write writes the trace as text. Parse of it returns the same trace, and a trace that
// is not valid is not written: see Validate. Other errors are those of the writer.
func (t *Trace) Write(w io.Writer) error {
	if err := t.Validate(); err != nil {
		return err
	}
	out := bufio.NewWriter(w) // which keeps the first error until Flush
	_, _ = fmt.Fprintf(out, "partitions %d\nttl %v\nend %v\n", t.Partitions, t.TTL, t.End)
	for _, z := range t.Zones {
		_, _ = fmt.Fprintf(out, "zone %v %d\n", z.Range, z.Zone)
	}
	for i := range t.Events {
		_, _ = fmt.Fprintln(out, &t.Events[i])
	}
	return out.Flush()
}

// String returns the range as a trace spells it.
func (r Range) String() string {
	if r.First == r.Last {
		return fmt.Sprint(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// String returns the line of the event, without its end.
func (e *Event) String() string {
	text := fmt.Sprintf("%v %v ", e.At, e.Kind)
	if e.Kind == Weight {
		return text + fmt.Sprintf("%v %d", e.Range, e.Weight)
	}
	text += e.Member
	if e.Zone != 0 {
		text += fmt.Sprintf(" zone=%d", e.Zone)
	}
	if e.Kind == Join && e.Capacity != 1 {
		text += fmt.Sprintf(" capacity=%d", e.Capacity)
	}
	switch {
	case e.Kind == Leave && e.For != 0:
		text += fmt.Sprintf(" after=%v", e.For)
	case e.Kind == Away:
		text += fmt.Sprintf(" for=%v", e.For)
	}
	return text
}
