package rivals

import "fmt"

// boundedPoints is how many points each member of a bounded ring has.
const boundedPoints = 100

// BoundedRing is consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam,
// 2018): nobody owns more than percent/100 of the mean, rounded up. A partition whose member
// is full goes on along the ring to the next one with room; partitions come in their
// order. At least 100 percent, else there is no room for all.
func BoundedRing(percent int) Strategy {
	return rival(fmt.Sprintf("bounded ring, %d%%", percent), 0, func(v view) {
		n := len(v.names)
		room := make([]int, n)
		for m := range room {
			room[m] = (percent*len(v.owner) + 100*n - 1) / (100 * n)
		}
		r := newRing(v.names, boundedPoints)
		for p := range v.owner {
			i := r.from(place(p))
			for room[r[i].member] == 0 {
				i = (i + 1) % len(r)
			}
			v.owner[p] = r[i].member
			room[r[i].member]--
		}
	})
}
