package scenario

import (
	"fmt"
	"math"
	"slices"
)

// shares returns how uneven a group is that comes from nothing: max/mean and max−min.
func shares(f *fleet) ([]float64, error) {
	owned := staying(f.group)
	return []float64{f.maxOverMean(), float64(slices.Max(owned) - slices.Min(owned))}, nil
}

// joinOne returns the moves when one member joins.
func joinOne(f *fleet) ([]float64, error) {
	err := f.join()
	return []float64{float64(f.moved)}, err
}

// joinRatio returns the moves when one member joins, by the minimum of an even group, where
// the newcomer gets the floor of its fair share.
func joinRatio(f *fleet) ([]float64, error) {
	err := f.join()
	return []float64{float64(f.moved) / float64(len(f.group.Owner)/len(f.group.Members))}, err
}

// leaveOne returns the moves of partitions that had an owner when any one member leaves.
// The minimum is 0 in an even group.
func leaveOne(f *fleet) ([]float64, error) {
	err := f.leave(f.random.IntN(len(f.group.Members)))
	return []float64{float64(f.moved)}, err
}

// churnChanges is how many joins and leaves a churn is.
const churnChanges = 200

// churn returns the moves of joins and leaves by chance, by the sum of the minimums, and the
// largest max−min. The group stays between half and twice its size.
func churn(f *fleet) ([]float64, error) {
	start := len(f.group.Members)
	for i := range churnChanges {
		n := len(f.group.Members)
		change := f.join
		if n > max(1, start/2) && (n >= 2*start || f.random.IntN(2) == 0) {
			change = func() error { return f.leave(f.random.IntN(n)) }
		}
		if err := change(); err != nil {
			return nil, fmt.Errorf("change %d: %w", i+1, err)
		}
	}
	return []float64{f.ratio(), float64(f.spread)}, nil
}

// ratio is the moves by the minimum, not a number where nothing had to move.
func (f *fleet) ratio() float64 {
	if f.least == 0 {
		return math.NaN()
	}
	return float64(f.moved) / float64(f.least)
}
