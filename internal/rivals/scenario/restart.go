package scenario

import "fmt"

// The ways to restart a whole fleet, one member after the other in the order in which they
// joined. Each returns how often a partition changed its owner, on average.

// restartFirst lets a member leave before the new one joins.
func restartFirst(f *fleet) ([]float64, error) {
	return f.restart(func() error {
		if err := f.leave(0); err != nil {
			return err
		}
		return f.join()
	})
}

// restartSurge lets the new one join, then the old one drain and leave.
func restartSurge(f *fleet) ([]float64, error) {
	return f.restart(func() error {
		if err := f.join(); err != nil {
			return err
		}
		return f.drain()
	})
}

// restartSwap lets both happen in one plan. Ours then moves each partition once.
func restartSwap(f *fleet) ([]float64, error) {
	figures, err := f.restart(func() error {
		f.add()
		return f.drain()
	})
	if err == nil && f.ours && f.placed != len(f.group.Owner) {
		return nil, fmt.Errorf("%w: %d partitions changed their owner %d times", ErrPromise, len(f.group.Owner), f.placed)
	}
	return figures, err
}

// restartAway lets a member come back under its name while its partitions wait for it: the
// minimum of each step is 0.
func restartAway(f *fleet) ([]float64, error) {
	for i := range f.group.Members {
		for _, away := range []bool{true, false} {
			f.group.Members[i].Away = away
			if err := f.settle(); err != nil {
				return nil, fmt.Errorf("member %d: %w", i, err)
			}
		}
	}
	return []float64{f.perPartition()}, nil
}

// restart replaces the first member as often as there are members.
func (f *fleet) restart(replace func() error) ([]float64, error) {
	for i := range f.group.Members {
		if err := replace(); err != nil {
			return nil, fmt.Errorf("member %d: %w", i, err)
		}
	}
	return []float64{f.perPartition()}, nil
}

// drain lets the first member hand over what it has, and then go.
func (f *fleet) drain() error {
	f.group.Members[0].Leaving = true
	if err := f.settle(); err != nil {
		return err
	}
	return f.leave(0)
}
