package rivals

import (
	"cmp"
	"fmt"
	"slices"
)

// Ring is consistent hashing: each member is at so many points of a ring, and owns the
// partitions between a point and the one before it (Karger et al., 1997).
func Ring(points int) Strategy {
	return rival(fmt.Sprintf("ring, %d points", points), 0, func(v view) {
		r := newRing(v.names, points)
		for p := range v.owner {
			v.owner[p] = r[r.from(place(p))].member
		}
	})
}

// ring is the points of all members in their order.
type ring []point

type point struct {
	at     uint64
	member int32
}

func newRing(names []string, points int) ring {
	r := make(ring, 0, len(names)*points)
	for m, name := range names {
		h := hash(name)
		for i := range points {
			r = append(r, point{mix(h + mix(uint64(i+1))), int32(m)})
		}
	}
	slices.SortFunc(r, func(a, b point) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.member, b.member)) })
	return r
}

// from returns the index of the first point that is not before a place; the ring goes on
// at its start.
func (r ring) from(place uint64) int {
	i, _ := slices.BinarySearchFunc(r, place, func(p point, at uint64) int { return cmp.Compare(p.at, at) })
	return i % len(r)
}
