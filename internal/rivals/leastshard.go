package rivals

import (
	"cmp"
	"slices"
	"time"
)

// The limits of one round: 20 partitions, or a tenth of all if that is less. The tenth is
// the default of Pekko and Akka; 20 is the default of Akka.NET, as the other two want a
// number before they use this algorithm at all.
const (
	leastAbsolute = 20
	leastRelative = 10
)

// LeastShard is the newer allocation strategy of the same name in Pekko and Akka, with a
// look every 10 s. Orphans go to who owns least. A round takes partitions from who owns
// more than ⌈P/n⌉; when nobody does, it takes one from each that owns ⌈P/n⌉, as many as
// others lack of ⌈P/n⌉−1. What it takes goes to who owns least.
func LeastShard() Strategy {
	return rival("pekko least", 10*time.Second, func(v view) {
		of, orphans := v.owned()
		v.toLeast(of, orphans)
		v.toLeast(of, taken(of, len(v.owner)))
	})
}

// taken takes the partitions of one round from their owners.
func taken(of [][]int32, partitions int) []int32 {
	ceiling := (partitions + len(of) - 1) / len(of)
	limit := max(1, min(leastAbsolute, partitions/leastRelative))
	order := make([]int, len(of))
	for m := range of {
		order[m] = m
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(of[a]), len(of[b])) })

	var list []int32
	take := func(m, count int) {
		count = min(count, limit-len(list))
		list = append(list, of[m][:count]...)
		of[m] = of[m][count:]
	}
	lack := 0
	for _, m := range order {
		take(m, max(0, len(of[m])-ceiling))
		lack += max(0, ceiling-1-len(of[m]))
	}
	if len(list) > 0 {
		return list
	}
	limit = min(limit, lack)
	for _, m := range order {
		if len(of[m]) >= ceiling {
			take(m, 1)
		}
	}
	return list
}

// toLeast gives each partition to the member that owns least at that moment.
func (v view) toLeast(of [][]int32, partitions []int32) {
	for _, p := range partitions {
		least := 0
		for m := range of {
			if len(of[m]) < len(of[least]) {
				least = m
			}
		}
		of[least] = append(of[least], p)
		v.owner[p] = int32(least)
	}
}
