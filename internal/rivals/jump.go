package rivals

import "slices"

// Jump is jump consistent hashing (Lamping and Veach, 2014). It knows numbers only, so
// somebody has to keep a list of members: a newcomer is added at its end, and the last
// one takes the place of one that leaves, else all behind it would shift. The list is
// remembered from call to call, until nobody owns anything.
func Jump() Strategy {
	var slots []string
	return rival("jump", 0, func(v view) {
		if !slices.ContainsFunc(v.owner, func(m int32) bool { return m != NoOwner }) {
			slots = nil
		}
		slots = refill(slots, v.names)
		member := make([]int32, len(slots))
		for i, name := range slots {
			member[i] = int32(slices.Index(v.names, name))
		}
		for p := range v.owner {
			v.owner[p] = member[jump(place(p), len(slots))]
		}
	})
}

// refill returns the list for the members that are there now.
func refill(slots, names []string) []string {
	slots = slices.Clone(slots)
	for _, name := range names {
		if !slices.Contains(slots, name) {
			slots = append(slots, name)
		}
	}
	for i := 0; i < len(slots); {
		if slices.Contains(names, slots[i]) {
			i++
			continue
		}
		slots[i] = slots[len(slots)-1]
		slots = slots[:len(slots)-1]
	}
	return slots
}

// jump returns the number that a key has among n: the last one below n of a series of
// jumps, each of them from b to the next b at which the key would change its place.
func jump(key uint64, n int) int {
	b, next := 0, 0.0
	for next < float64(n) {
		b = int(next)
		key = key*2862933555777941757 + 1
		next = float64(b+1) * (1 << 31) / float64(key>>33+1)
	}
	return b
}
