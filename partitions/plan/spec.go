package plan

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tenure-go/tenure/membership/claim"
)

// Protocol is the version of the protocol that this library speaks, and
// OldestProtocol the smallest that it can work with.
const (
	Protocol       = 1
	OldestProtocol = 1
)

// Spec is the group's own record, changed by compare-and-set: by the first
// member, by the coordinator's discovery, and by operators.
type Spec struct {
	Format int `json:"v"`
	// Protocol and MinProtocol say who may take part.
	Protocol    int `json:"protocol"`
	MinProtocol int `json:"min_protocol"`
	// Count is the number of partitions when they are called "0", "1", …;
	// otherwise Names lists them. Indexes never change: new ones are added at
	// the end.
	Count int      `json:"count,omitempty"`
	Names []string `json:"names,omitempty"`
	// Retired partitions are not given out. Their claims stay, so that tokens
	// go on rising if they come back.
	Retired IndexSet `json:"retired,omitzero"`
	// Pins fix partitions to member names; Excludes keeps partitions away from
	// member names; Drains lists member names that must own nothing.
	Pins     map[string]string   `json:"pins,omitempty"`
	Excludes map[string][]string `json:"excludes,omitempty"`
	Drains   []string            `json:"drains,omitempty"`
	// Paused stops moves for balance. Orphans are still placed.
	Paused bool `json:"paused,omitempty"`
	// Floor is a lower bound for new tokens.
	Floor claim.Token `json:"floor,string,omitempty"`
}

// Len returns the number of indexes, retired ones included.
func (s Spec) Len() int {
	if s.Names != nil {
		return len(s.Names)
	}
	return s.Count
}

// Name returns the partition with index i.
func (s Spec) Name(i int) string {
	if s.Names != nil {
		return s.Names[i]
	}
	return strconv.Itoa(i)
}

// Index returns the index of every partition by name.
func (s Spec) Index() map[string]int {
	index := make(map[string]int, s.Len())
	for i := range s.Len() {
		index[s.Name(i)] = i
	}
	return index
}

// Check returns ErrMalformed for a spec that cannot be worked with.
func (s Spec) Check() error {
	switch {
	case s.Count < 0 || s.Len() > MaxPartitions:
		return fmt.Errorf("%w: a group of %d partitions, the limit is %d", ErrMalformed, max(s.Count, s.Len()), MaxPartitions)
	case s.MinProtocol > Protocol || s.Protocol < OldestProtocol:
		return fmt.Errorf("%w: the group speaks protocol %d to %d, this version %d to %d",
			ErrMalformed, s.MinProtocol, s.Protocol, OldestProtocol, Protocol)
	}
	seen := make(map[string]bool, len(s.Names))
	for _, n := range s.Names {
		if seen[n] {
			return fmt.Errorf("%w: partition %q is listed twice", ErrMalformed, n)
		}
		seen[n] = true
	}
	return nil
}

// Resize returns the spec with exactly the given partitions in use: new names
// are added at the end, names that are missing are retired, and retired names
// that come back are used again. It reports whether anything changed.
func (s Spec) Resize(names []string) (Spec, bool) {
	index := s.Index()
	next := s
	next.Retired = IndexSet{}
	wanted := make(map[int]bool, len(names))
	added := false
	for _, n := range names {
		i, ok := index[n]
		if !ok {
			if next.Names == nil { // from here on the names are written out
				for j := range s.Count {
					next.Names = append(next.Names, strconv.Itoa(j))
				}
			} else if !added {
				next.Names = slices.Clone(next.Names)
			}
			added = true
			i = len(next.Names)
			next.Names = append(next.Names, n)
			index[n] = i
		}
		wanted[i] = true
	}
	if next.Names != nil {
		next.Count = 0
	}
	for i := range next.Len() {
		if !wanted[i] {
			next.Retired.Add(i)
		}
	}
	return next, added || !next.Retired.Equal(s.Retired)
}

// InUse returns the names of the partitions that are not retired.
func (s Spec) InUse() []string {
	names := make([]string, 0, s.Len()-s.Retired.Len())
	for i := range s.Len() {
		if !s.Retired.Has(i) {
			names = append(names, s.Name(i))
		}
	}
	return names
}
