package rebalance

import (
	"slices"
	"sort"
)

// triedDonors is how many members may have nothing that suits before one below its
// bounds is left as it is.
const triedDonors = 32

// fillAll brings load to the members below their bounds, from those with the most load
// for their capacity that stay inside theirs.
func (b *balancer) fillAll(outside []int32) bool {
	changed := false
	var donors *queue
	for _, m := range outside {
		for b.mass[m] < b.bounds[m].low {
			if donors == nil {
				donors = b.newQueue(true, func(int32) bool { return true })
			}
			partition, tried := NoOwner, 0
			donors.first(func(donor int32) bool {
				partition = b.gift(donor, m)
				tried++
				return partition != NoOwner || tried == triedDonors
			})
			if partition == NoOwner {
				break
			}
			b.move(partition, m)
			changed = true
		}
	}
	return changed
}

// gift returns what a donor best gives to a member below its bounds: the heaviest
// partition that is not more than it lacks, or else the lightest that is more.
func (b *balancer) gift(donor, m int32) int32 {
	lack := b.bounds[m].low - b.mass[m]
	most := min(b.mass[donor]-b.bounds[donor].low, b.bounds[m].high-b.mass[m])
	list := b.own(donor)
	middle := sort.Search(len(list), func(i int) bool { return b.weight(list[i]) > min(lack, most) })
	gone := 0
	fits := func(partition int32) bool {
		if b.owner[partition] != donor {
			gone++
			return false
		}
		return b.weight(partition) > 0 && b.may(partition, m)
	}
	found := NoOwner
	for i := middle - 1; i >= 0 && found == NoOwner; i-- {
		if fits(list[i]) {
			found = list[i]
		}
	}
	for i := middle; i < len(list) && b.weight(list[i]) <= most && found == NoOwner; i++ {
		if fits(list[i]) {
			found = list[i]
		}
	}
	if gone > 100 { // keep the next search short
		b.lists[donor] = slices.DeleteFunc(list, func(p int32) bool { return b.owner[p] != donor })
	}
	return found
}
