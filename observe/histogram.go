package observe

import (
	"slices"
	"time"
)

// bounds are the upper ends of the buckets of a Durations, the same for all, so
// that those of several processes can be added. From a call on a local network
// to a drain that takes minutes.
var bounds = [...]time.Duration{
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second,
	10 * time.Second, 30 * time.Second, 60 * time.Second,
}

// Bounds returns the upper ends of the buckets of a Durations, rising. The last
// bucket, above all of them, has no end.
func Bounds() []time.Duration { return slices.Clone(bounds[:]) }

// Durations sums up how long something took. Comparing it with == works.
type Durations struct {
	Count    uint64
	Sum, Max time.Duration
	// Buckets are how many took at most the bound of the same index in Bounds
	// and more than the one before; the last are those above all bounds.
	Buckets [len(bounds) + 1]uint64
}

// add counts d; a negative one counts as 0.
func (s *Durations) add(d time.Duration) {
	d = max(d, 0)
	s.Count++
	s.Sum += d
	s.Max = max(s.Max, d)
	bucket, _ := slices.BinarySearch(bounds[:], d)
	s.Buckets[bucket]++
}

// Mean returns the mean, 0 if nothing was counted.
func (s Durations) Mean() time.Duration {
	if s.Count == 0 {
		return 0
	}
	return s.Sum / time.Duration(s.Count)
}
