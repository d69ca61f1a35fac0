package rivals

import "time"

// EventHubs is the "balanced" strategy of the processors of Azure Event Hubs, with a look
// every 10 s. Each member takes care of itself: below ⌈P/n⌉ it takes one partition in
// each round, an orphan or else one of somebody who owns more than ⌈P/n⌉; n is the members
// that own something, and itself. It stops when nobody owns more than that, however little
// it has. In one round each member looks once, one after the other. All chance is
// replaced by hashes.
func EventHubs() Strategy {
	return rival("event hubs balanced", 10*time.Second, func(v view) {
		of, orphans := v.owned()
		for _, me := range v.byChance() {
			ceiling := ceilingSeenBy(me, of, len(v.owner))
			if len(of[me]) >= ceiling {
				continue
			}
			from := []*[]int32{&orphans}
			if len(orphans) == 0 {
				from = above(of, ceiling)
			}
			if p := takeOne(from, hash(v.names[me])+uint64(len(of[me]))); p != NoOwner {
				of[me] = append(of[me], p)
				v.owner[p] = me
			}
		}
	})
}

// ceilingSeenBy is the most that a member thinks anybody should own. Others that own
// nothing are invisible.
func ceilingSeenBy(me int32, of [][]int32, partitions int) int {
	n := 1
	for m := range of {
		if int32(m) != me && len(of[m]) > 0 {
			n++
		}
	}
	return (partitions + n - 1) / n
}

// above returns the lists of who owns more than that.
func above(of [][]int32, ceiling int) []*[]int32 {
	var lists []*[]int32
	for m := range of {
		if len(of[m]) > ceiling {
			lists = append(lists, &of[m])
		}
	}
	return lists
}

// takeOne takes any one partition out of the lists, or NoOwner where all are empty.
func takeOne(lists []*[]int32, chance uint64) int32 {
	total := 0
	for _, list := range lists {
		total += len(*list)
	}
	if total == 0 {
		return NoOwner
	}
	at := int(mix(chance) % uint64(total))
	for _, list := range lists {
		if at < len(*list) {
			p, last := (*list)[at], len(*list)-1
			(*list)[at] = (*list)[last]
			*list = (*list)[:last]
			return p
		}
		at -= len(*list)
	}
	return NoOwner
}
