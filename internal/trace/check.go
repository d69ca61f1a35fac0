package trace

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrInvalid is wrapped by every error about the content of a trace.
var ErrInvalid = errors.New("invalid trace")

// Validate returns what is wrong with a trace that was put together by hand. The error
// wraps ErrInvalid.
func (t *Trace) Validate() error {
	c := newChecker()
	if err := c.partitions(int64(t.Partitions)); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	for _, z := range t.Zones {
		if err := c.zone(z); err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
	}
	for i := range t.Events {
		if err := c.event(&t.Events[i]); err != nil {
			return fmt.Errorf("%w: event %d: %w", ErrInvalid, i, err)
		}
	}
	if err := cmp.Or(checkTime("ttl", t.TTL), c.end(t.End)); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// checker goes through a trace in its order, and knows who is there.
type checker struct {
	count   int32 // partitions
	zoned   int32 // the first partition that may still get a zone
	last    time.Duration
	events  int
	members map[string]*presence
}

// presence is where a member is.
type presence struct {
	state Kind          // the last event about it
	until time.Duration // Leave: when it is gone
}

func newChecker() *checker { return &checker{members: map[string]*presence{}} }

func (c *checker) partitions(count int64) error {
	if count < 1 || count > MaxPartitions {
		return fmt.Errorf("%d partitions; give 1 to %d", count, MaxPartitions)
	}
	c.count = int32(count)
	return nil
}

func (c *checker) zone(z ZoneRange) error {
	if err := c.inside(z.Range); err != nil {
		return err
	}
	if z.First < c.zoned {
		return fmt.Errorf("partition %d comes after partition %d; list the ranges in order, each partition once", z.First, c.zoned-1)
	}
	c.zoned = z.Last + 1
	return checkNumber("zone", int64(z.Zone), 0, MaxZone)
}

func (c *checker) inside(r Range) error {
	if r.First < 0 || r.First > r.Last || r.Last >= c.count {
		return fmt.Errorf("partitions %d to %d; give a range inside 0 to %d, the smaller first", r.First, r.Last, c.count-1)
	}
	return nil
}

func (c *checker) end(end time.Duration) error {
	if end < c.last {
		return fmt.Errorf("the end, %v, is before the last event, at %v; give a later end, or none", end, c.last)
	}
	return checkTime("end", end)
}

// event checks the next event.
func (c *checker) event(e *Event) error {
	if c.events++; c.events > MaxEvents {
		return fmt.Errorf("more than %d events; split the trace", MaxEvents)
	}
	if err := checkTime("time", e.At); err != nil {
		return err
	}
	if int(e.Kind) >= len(kinds) {
		return fmt.Errorf("kind %v; give one of the constants", e.Kind)
	}
	if e.At < c.last {
		return fmt.Errorf("%v comes after %v; put the events in the order of their times", e.At, c.last)
	}
	c.last = e.At
	if e.Kind == Weight {
		return cmp.Or(c.inside(e.Range), checkNumber("weight", e.Weight, 0, MaxWeight))
	}
	return c.member(e)
}

// member checks that the event can happen to the member that it names.
func (c *checker) member(e *Event) error {
	if err := checkName(e.Member); err != nil {
		return err
	}
	m := c.members[e.Member]
	if m == nil {
		if e.Kind != Join {
			return fmt.Errorf("%s %s: no member of that name has joined", e.Kind, e.Member)
		}
		if len(c.members) == MaxMembers {
			return fmt.Errorf("more than %d members; split the trace", MaxMembers)
		}
		m = &presence{}
		c.members[e.Member] = m
		return cmp.Or(checkNumber("zone", int64(e.Zone), 0, MaxZone), checkNumber("capacity", int64(e.Capacity), 1, MaxCapacity))
	}
	gone := m.state == Crash || m.state == Away || m.state == Leave && m.until < e.At
	switch {
	case e.Kind == Join:
		return fmt.Errorf("join %s: a member of that name has joined before; write return, or give it another name", e.Member)
	case e.Kind == Return && !gone:
		return fmt.Errorf("return %s: it is still there; it may return once it has left, crashed or gone away", e.Member)
	case e.Kind != Return && gone:
		return fmt.Errorf("%s %s: it is not there; let it return first", e.Kind, e.Member)
	case e.Kind != Return && m.state == Leave:
		return fmt.Errorf("%s %s: it is leaving until %v; nothing else may happen to it before", e.Kind, e.Member, m.until)
	case e.Kind == Away && e.For <= 0:
		return fmt.Errorf("away %s for %v; give more than 0s", e.Member, e.For)
	}
	m.state, m.until = e.Kind, e.At+e.For
	return checkTime("duration", e.For)
}

func checkNumber(what string, value, least, most int64) error {
	if value < least || value > most {
		return fmt.Errorf("%s %d; give %d to %d", what, value, least, most)
	}
	return nil
}

func checkTime(what string, value time.Duration) error {
	if value < 0 || value > MaxTime {
		return fmt.Errorf("%s %v; give 0s to %v", what, value, MaxTime)
	}
	return nil
}

// checkName keeps names to what fits in one word of a line, and in a legend.
func checkName(name string) error {
	strange := strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	})
	if name == "" || len(name) > MaxName || strange {
		return fmt.Errorf("member name %.80q; give 1 to %d letters, digits, dots, dashes and underscores", name, MaxName)
	}
	return nil
}
