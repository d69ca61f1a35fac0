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
				donors = b.newQueue(fullestFirst, func(int32) bool { return true })
			}
			var gift item
			tried := 0
			donors.first(func(donor int32) bool {
				gift = b.gift(donor, m)
				tried++
				return gift.weight > 0 || tried == triedDonors
			})
			if gift.weight == 0 {
				break
			}
			b.move(gift, m)
			changed = true
		}
	}
	return changed
}

// gift returns what a donor best gives to a member below its bounds: the heaviest
// partition that is not more than it lacks, or else the lightest that is more. Weight 0
// means that nothing suits.
func (b *balancer) gift(donor, m int32) item {
	lack := b.bounds[m].low - b.mass[m]
	most := min(b.mass[donor]-b.bounds[donor].low, b.bounds[m].high-b.mass[m])
	own := b.own(donor)
	middle := sort.Search(len(own), func(i int) bool { return own[i].weight > min(lack, most) })
	gone := 0
	fits := func(it item) bool {
		if b.owner[it.partition] != donor {
			gone++
			return false
		}
		return it.weight > 0 && b.may(it.partition, m)
	}
	var found item
	for i := middle - 1; i >= 0 && found.weight == 0; i-- {
		if fits(own[i]) {
			found = own[i]
		}
	}
	for i := middle; i < len(own) && own[i].weight <= most && found.weight == 0; i++ {
		if fits(own[i]) {
			found = own[i]
		}
	}
	if gone > 100 { // keep the next search short
		b.lists[donor].items = slices.DeleteFunc(own, func(it item) bool { return b.owner[it.partition] != donor })
	}
	return found
}
