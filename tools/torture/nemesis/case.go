package nemesis

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/tools/torture/worker"
)

// Range is a range of times in TTLs.
type Range struct{ Least, Most float64 }

// Choice is a kind of fault with its length, and how often it is drawn.
type Choice struct {
	Kind   Kind
	Length Range
	Weight int // 1 if it is 0
}

func (c Choice) weight() int { return cmp.Or(c.Weight, 1) }

// Case is a named scenario: which faults, and what must be seen.
type Case struct {
	Name  string
	About string
	Kinds []Choice
	Gap   Range // between the beginnings of two faults; a third to one TTL if it is zero

	// LeastTTL is how long sessions must live for the faults to leave some alive.
	LeastTTL time.Duration
	// OneName gives all workers one member's name.
	OneName bool
	// Broken breaks every worker on purpose, OpenResource the resource, and Breach is the
	// guarantee whose violation must then be found.
	Broken       worker.Broken
	OpenResource bool
	Breach       string
	// Assumption is the one that the faults break. Violations of Allowed are then shown,
	// and not held against the library.
	Assumption string
	Allowed    []string
	// Shows is what the faults must have brought about; without it nothing was tried.
	Shows Sign
}

// Sign is a sign that a fault had its effect.
type Sign string

// The signs.
const (
	Nothing   Sign = ""
	Takeovers Sign = "takeovers" // a partition was taken from a session that died
	Handovers Sign = "handovers" // a partition was given up and taken
	Keeps     Sign = "keeps"     // no trust window ended
)

func (c Case) gap() Range {
	if c.Gap == (Range{}) {
		return Range{0.33, 1}
	}
	return c.Gap
}

// Find returns a case by its name.
func Find(name string) (Case, bool) {
	i := slices.IndexFunc(Cases, func(c Case) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return Case{}, false
	}
	return Cases[i], true
}
