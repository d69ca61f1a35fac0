package replay

import (
	"cmp"
	"slices"
	"time"
)

// Distribution is how a value was over time: each value counts for as long as it lasted.
type Distribution struct{ Mean, P95, Max float64 }

// lasting collects values with the time that each lasted.
type lasting []stretch

type stretch struct {
	value float64
	time  time.Duration
}

func (l *lasting) add(value float64, lasts time.Duration) {
	if lasts <= 0 {
		return
	}
	if last := len(*l) - 1; last >= 0 && (*l)[last].value == value {
		(*l)[last].time += lasts
		return
	}
	*l = append(*l, stretch{value, lasts})
}

// distribution sums up; the zero value if nothing lasted.
func (l lasting) distribution() Distribution {
	if len(l) == 0 {
		return Distribution{}
	}
	sorted := slices.Clone(l)
	slices.SortFunc(sorted, func(a, b stretch) int { return cmp.Compare(a.value, b.value) })
	var total, below time.Duration
	sum := 0.0
	for _, v := range sorted {
		total += v.time
		// The conversion keeps the compiler from fusing both operations on some
		// processors: the result is the same everywhere.
		sum += float64(v.value * v.time.Seconds())
	}
	d := Distribution{Mean: sum / total.Seconds(), Max: sorted[len(sorted)-1].value}
	for _, v := range sorted {
		if below += v.time; below >= total-total/20 {
			d.P95 = v.value
			break
		}
	}
	return d
}
