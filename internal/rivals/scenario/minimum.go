package scenario

import "github.com/tenure-go/tenure/internal/rivals"

// minimum returns the least number of partitions that move although they have an owner, in
// any plan that ends even. For P partitions, n members that stay, q = ⌊P/n⌋, and U orphans:
//
//	max( Σ max(0, owned − ⌈P/n⌉), Σ max(0, q − owned) − U )
//
// All above the ceiling must go, and each hole below the floor that no orphan fills takes
// a move. A member that leaves has a ceiling of 0. One that is away keeps what it owns, and
// the others share the rest.
func minimum(g rivals.Group) int {
	owned, orphans := count(g)
	partitions, stay := len(g.Owner), 0
	for i, m := range g.Members {
		switch {
		case m.Leaving:
		case m.Away:
			partitions -= owned[i]
		default:
			stay++
		}
	}
	if stay == 0 {
		return 0 // nobody can take anything
	}
	floor, ceiling := partitions/stay, (partitions+stay-1)/stay
	surplus, holes := 0, -orphans
	for i, m := range g.Members {
		switch {
		case m.Leaving:
			surplus += owned[i]
		case m.Away:
		default:
			surplus += max(0, owned[i]-ceiling)
			holes += max(0, floor-owned[i])
		}
	}
	return max(surplus, holes)
}

// count returns how many partitions each member owns, and how many nobody owns.
func count(g rivals.Group) (owned []int, orphans int) {
	owned = make([]int, len(g.Members))
	for _, m := range g.Owner {
		if m == rivals.NoOwner {
			orphans++
		} else {
			owned[m]++
		}
	}
	return owned, orphans
}

// staying returns how much each of those members owns that are there and stay.
func staying(g rivals.Group) []int {
	var list []int
	owned, _ := count(g)
	for i, m := range g.Members {
		if !m.Leaving && !m.Away {
			list = append(list, owned[i])
		}
	}
	return list
}
