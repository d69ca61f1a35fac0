package rivals

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRing_IsInOrder(t *testing.T) {
	t.Parallel()
	const seed = 1
	random := rand.New(rand.NewPCG(seed, 0))
	r := ring{{at: math.MaxUint64}, {at: 0}, {at: 0, member: 1}}
	for m := range 5000 {
		// Some anywhere, and many close to either end, so that they share their first bits.
		r = append(r, point{random.Uint64(), int32(m)}, point{random.Uint64() >> 52, int32(m)}, point{^(random.Uint64() >> 52), int32(m)})
	}
	want := slices.Clone(r)
	slices.SortStableFunc(want, func(a, b point) int { return cmp.Compare(a.at, b.at) })
	if !slices.Equal(r.sorted(), want) {
		t.Errorf("seed %d: the points are not in order", seed)
	}
}

func TestRing_GoesOnAtItsStart(t *testing.T) {
	t.Parallel()
	r := ring{{10, 0}, {20, 1}, {30, 2}}
	for place, want := range map[uint64]int{0: 0, 10: 0, 11: 1, 20: 1, 30: 2, 31: 0, math.MaxUint64: 0} {
		if got := r.from(place); got != want {
			t.Errorf("from %d the next point is %d, want %d", place, got, want)
		}
	}
}
