package rivals

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// view is what the others see of a group: who is there and who owns what. They know
// nothing of weights and zones, nor of members that leave soon or come back.
type view struct {
	names []string // of the members that are there, in the order in which they joined
	owner []int32  // by partition: an index of names, or NoOwner; a plan changes it
}

// rival makes a strategy of a function that changes the owners in a view. It is only
// called where somebody is there.
func rival(name string, round time.Duration, plan func(view)) Strategy {
	return Strategy{Name: name, Round: round, Plan: func(g Group) []int32 {
		var v view
		var there []int32                     // by index of names: the member
		seen := make([]int32, len(g.Members)) // by member: its index of names
		for i, m := range g.Members {
			if seen[i] = NoOwner; !m.Leaving && !m.Away {
				seen[i] = int32(len(there))
				there = append(there, int32(i))
				v.names = append(v.names, m.Name)
			}
		}
		v.owner = slices.Clone(g.Owner)
		for p, owner := range g.Owner {
			if owner < NoOwner || int(owner) >= len(g.Members) {
				return nil
			}
			if owner != NoOwner {
				v.owner[p] = seen[owner]
			}
		}
		if len(there) > 0 {
			plan(v)
			for p, owner := range v.owner {
				if owner != NoOwner { // one that works in rounds does not place all at once
					v.owner[p] = there[owner]
				}
			}
		}
		return v.owner
	}}
}

// owned lists the partitions of each member, in their order, and the orphans.
func (v view) owned() (of [][]int32, orphans []int32) {
	of = make([][]int32, len(v.names))
	for p, owner := range v.owner {
		if owner == NoOwner {
			orphans = append(orphans, int32(p))
		} else {
			of[owner] = append(of[owner], int32(p))
		}
	}
	return of, orphans
}

// byName returns the members sorted by name: an order that all of them agree on
// without talking.
func (v view) byName() []int32 {
	return v.sorted(func(a, b int32) int { return strings.Compare(v.names[a], v.names[b]) })
}

// byHash returns the members in an order that has nothing to do with their names or
// with when they joined. Another salt is another order.
func (v view) byHash(salt uint64) []int32 {
	hashes := make([]uint64, len(v.names))
	for i, name := range v.names {
		hashes[i] = mix(hash(name) + salt)
	}
	return v.sorted(func(a, b int32) int { return cmp.Compare(hashes[a], hashes[b]) })
}

// byChance returns the members in the order in which they happen to look: whose timer
// fires first after a change is chance, which here depends on what the change left without
// an owner.
func (v view) byChance() []int32 {
	salt := uint64(0)
	for p, owner := range v.owner {
		if owner == NoOwner {
			salt += place(p)
		}
	}
	return v.byHash(salt)
}

func (v view) sorted(compare func(a, b int32) int) []int32 {
	order := make([]int32, len(v.names))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, compare)
	return order
}
