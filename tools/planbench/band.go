package main

import (
	"slices"

	"github.com/tenure-go/tenure/rebalance"
)

// bandWidth is the band of all weighted groups, in thousandths of the share.
const bandWidth = rebalance.DefaultBand

// band is the load that each of some alike members may have. A giant is a partition that
// is too heavy for it on its own: its member is set aside and should own nothing else,
// and the others share the rest.
type band struct {
	weights   []int64
	members   int
	low, high int64
	giants    []int64 // the heaviest first
}

// bandOf finds the band: each giant that is set aside lowers the share of the others,
// which may make giants of more.
func bandOf(weights []int64, members int) band {
	b := band{weights: weights, members: members}
	rest := b.total()
	heaviest := slices.Clone(weights)
	slices.Sort(heaviest)
	slices.Reverse(heaviest)
	for i := 0; ; i++ {
		others := int64(members - i)
		b.high = rest * (1000 + bandWidth) / (1000 * others)
		b.low = (rest*(1000-bandWidth) + 1000*others - 1) / (1000 * others)
		if others == 1 || heaviest[i] <= b.high {
			b.giants = heaviest[:i]
			return b
		}
		rest -= heaviest[i]
	}
}

// total is the load of all partitions.
func (b band) total() (load int64) {
	for _, w := range b.weights {
		load += w
	}
	return load
}

// loads adds up what each member owns: its load, the heaviest giant that it has, and
// last the load that nobody owns.
func (b band) loads(owner []int32) (load, giant []int64, orphans int64) {
	load, giant = make([]int64, b.members), make([]int64, b.members)
	for p, m := range owner {
		w := b.weights[p]
		if m == rebalance.NoOwner {
			orphans += w
			continue
		}
		load[m] += w
		if w > b.high {
			giant[m] = max(giant[m], w)
		}
	}
	return load, giant, orphans
}

// outside counts the members outside of the band. One that owns a giant and nothing
// else is where it should be.
func (b band) outside(owner []int32) (count int) {
	load, giant, _ := b.loads(owner)
	for m, l := range load {
		if (l < b.low || l > b.high) && (l != giant[m] || l == 0) {
			count++
		}
	}
	return count
}

// leastLoad is a load that must move, whatever the plan, if giants stay where they are:
// all that is above the band, and what makes room for heavy orphans; and all that is
// missing below the band and no orphan brings.
func (b band) leastLoad(owner []int32) int64 {
	load, giant, orphans := b.loads(owner)
	surplus, lack := b.squeezed(owner, load), -orphans
	for m, l := range load {
		if giant[m] > 0 {
			surplus += l - giant[m]
			continue
		}
		surplus += max(0, l-b.high)
		lack += max(0, b.low-l)
	}
	return max(0, surplus, lack)
}

// squeezed is the least load that makes room for heavy orphans, those that fit nowhere as
// it is. Such an orphan makes its member lose at least what is then above the band. Two at
// one member make it lose no less than one each at this and another one below the band.
// So the least is when they go to the least loaded, in whatever order: it is a sum.
func (b band) squeezed(owner []int32, load []int64) (room int64) {
	loads := slices.Sorted(slices.Values(load))
	heavy := 0
	for p, m := range owner {
		w := b.weights[p]
		if m != rebalance.NoOwner || w > b.high || w <= b.high-loads[0] || heavy == len(loads) {
			continue
		}
		room += w - max(0, b.high-loads[heavy])
		heavy++
	}
	return room
}

// movedLoad adds up the partitions that had an owner and have another one.
func (b band) movedLoad(before, after []int32) (load int64) {
	for p, m := range before {
		if m != rebalance.NoOwner && m != after[p] {
			load += b.weights[p]
		}
	}
	return load
}
