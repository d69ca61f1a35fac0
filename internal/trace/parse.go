package trace

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxLine is the longest line that Parse reads, in bytes.
const maxLine = 1024

// Parse reads a trace. Errors about its content wrap ErrInvalid and name the line, what
// is wrong and what is allowed; others are those of the reader.
func Parse(r io.Reader) (*Trace, error) {
	p := &parser{trace: &Trace{TTL: -1, End: -1}, checker: newChecker()}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	number := 0
	for lines.Scan() {
		number++
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if err := p.line(words); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrInvalid, number, err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%w: line %d is longer than %d bytes", ErrInvalid, number+1, maxLine)
	} else if err != nil {
		return nil, err
	}
	return p.finish(number)
}

type parser struct {
	trace   *Trace
	checker *checker
}

// line reads one line: an event begins with a digit.
func (p *parser) line(words []string) error {
	first := words[0]
	if p.trace.Partitions == 0 && first != "partitions" {
		return fmt.Errorf("%.80q before the number of partitions; begin with: partitions NUMBER", first)
	}
	if first[0] >= '0' && first[0] <= '9' {
		return p.event(words)
	}
	if len(p.trace.Events) > 0 {
		return fmt.Errorf("%.80q among the events; give a time first, and the settings before all events", first)
	}
	return p.setting(first, words[1:])
}

func (p *parser) setting(name string, words []string) (err error) {
	t := p.trace
	switch {
	case name == "zone" && len(words) == 2:
		var z ZoneRange
		if z.Range, err = parseRange(words[0]); err != nil {
			return err
		}
		if z.Zone, err = parseInt[int32]("zone", words[1]); err != nil {
			return err
		}
		t.Zones = append(t.Zones, z)
		return p.checker.zone(z)
	case name == "zone":
		return errors.New("give: zone PARTITIONS ZONE, as in: zone 0-49 1")
	case name != "partitions" && name != "ttl" && name != "end":
		return fmt.Errorf("unknown setting %.80q; there are partitions, ttl, end and zone, and events begin with a time", name)
	case len(words) != 1:
		return fmt.Errorf("%d values for %s; give one", len(words), name)
	case name == "partitions" && t.Partitions > 0 || name == "ttl" && t.TTL >= 0 || name == "end" && t.End >= 0:
		return fmt.Errorf("%s is given twice; give it once", name)
	case name == "partitions":
		count, err := parseInt[int64](name, words[0])
		if err != nil {
			return err
		}
		t.Partitions = int(count)
		return p.checker.partitions(count)
	case name == "ttl":
		t.TTL, err = parseTime(name, words[0])
	default:
		t.End, err = parseTime(name, words[0])
	}
	return err
}

// arguments are those of each kind, first the words in their order, then the options.
var arguments = map[Kind]struct {
	usage   string
	words   int
	options []string
}{
	Join:   {"join NAME [zone=ZONE] [capacity=NUMBER]", 1, []string{"zone", "capacity"}},
	Leave:  {"leave NAME [after=DURATION]", 1, []string{"after"}},
	Crash:  {"crash NAME", 1, nil},
	Away:   {"away NAME for=DURATION", 1, []string{"for"}},
	Return: {"return NAME", 1, nil},
	Weight: {"weight PARTITIONS NUMBER", 2, nil},
}

func (p *parser) event(words []string) error {
	at, err := parseTime("time", words[0])
	if err != nil {
		return err
	}
	if len(words) == 1 {
		return fmt.Errorf("a time and no event; give one of %s", strings.Join(kinds, ", "))
	}
	kind := Kind(slices.Index(kinds, words[1]))
	form, known := arguments[kind]
	if !known {
		return fmt.Errorf("unknown event %.80q; give one of %s", words[1], strings.Join(kinds, ", "))
	}
	words = words[2:]
	if len(words) < form.words {
		return fmt.Errorf("too few words; give: %s", form.usage)
	}
	e := Event{At: at, Kind: kind}
	if kind == Join {
		e.Capacity = 1
	}
	if kind == Weight {
		err = e.parseWeight(words)
	} else {
		e.Member = words[0]
	}
	if err != nil {
		return err
	}
	if err := e.parseOptions(words[form.words:], form.options, form.usage); err != nil {
		return err
	}
	p.trace.Events = append(p.trace.Events, e)
	return p.checker.event(&e)
}

func (e *Event) parseWeight(words []string) (err error) {
	if e.Range, err = parseRange(words[0]); err != nil {
		return err
	}
	e.Weight, err = parseInt[int64]("weight", words[1])
	return err
}

func (e *Event) parseOptions(words, allowed []string, usage string) (err error) {
	seen := map[string]bool{}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		if !slices.Contains(allowed, name) || seen[name] {
			return fmt.Errorf("%.80q is not expected; give: %s", word, usage)
		}
		seen[name] = true
		switch name {
		case "zone":
			e.Zone, err = parseInt[int32](name, value)
		case "capacity":
			e.Capacity, err = parseInt[int](name, value)
		case "after", "for":
			e.For, err = parseTime(name, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// finish fills in what was left out.
func (p *parser) finish(lines int) (*Trace, error) {
	t := p.trace
	if t.Partitions == 0 {
		return nil, fmt.Errorf("%w: %d lines and nothing in them; begin with: partitions NUMBER", ErrInvalid, lines)
	}
	if t.TTL < 0 {
		t.TTL = DefaultTTL
	}
	if t.End < 0 {
		t.End = min(p.checker.last+DefaultTail, MaxTime)
	}
	if err := p.checker.end(t.End); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return t, nil
}

func parseTime(what, word string) (time.Duration, error) {
	value, err := time.ParseDuration(word)
	if err != nil {
		return 0, fmt.Errorf("%s %.80q is no duration; write it as in 90s, 1h30m or 0s", what, word)
	}
	return value, checkTime(what, value)
}

func parseInt[T int | int32 | int64](what, word string) (T, error) {
	value, err := strconv.ParseInt(word, 10, 64)
	if err != nil || int64(T(value)) != value {
		return 0, fmt.Errorf("%s %.80q is no whole number that a trace can have", what, word)
	}
	return T(value), nil
}

func parseRange(word string) (r Range, err error) {
	first, last, both := strings.Cut(word, "-")
	r.First, err = parseInt[int32]("partition", first)
	if !both || err != nil {
		return Range{r.First, r.First}, err
	}
	r.Last, err = parseInt[int32]("partition", last)
	return r, err
}
