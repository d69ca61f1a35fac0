package rebalance_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

// FuzzCompute gives any bytes a meaning as an input, some of them malformed. A plan
// must be lawful and lead to rest; small ones are compared with the oracle.
func FuzzCompute(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{3, 8, 0, 0, 0, 0, 1, 1, 0, 2, 2, 2})
	f.Add([]byte{4, 7, 1, 0, 0, 2, 3, 0, 0, 0, 1, 9, 2, 0, 1, 2, 3, 4, 4, 1, 2, 0, 1, 3, 0, 3, 1, 4, 2, 5, 5, 6})
	f.Fuzz(func(t *testing.T, data []byte) {
		in := decodeInput(data)
		plan, err := rebalance.Compute(in)
		if err != nil {
			if !errors.Is(err, rebalance.ErrInvalidInput) {
				t.Fatalf("%+v: %v", in, err)
			}
			return
		}
		if err := checkWishes(in); err != nil {
			t.Fatal(err)
		}
		if plain(in) && len(in.Members) <= 4 && len(in.Owner) <= 7 {
			if err := newOracle(in).check(plan); err != nil {
				t.Fatalf("%+v: %v\nplan %+v", in, err, plan)
			}
		}
	})
}

// plain reports whether the oracle knows all wishes of an input.
func plain(in rebalance.Input) bool {
	return in.Weights == nil && in.Needs == nil && in.Zones == nil && in.Budget == 0 &&
		!slices.ContainsFunc(in.Members, func(m rebalance.Member) bool { return m.Away })
}

// decodeInput reads numbers from the front; bytes that are missing are 0.
func decodeInput(data []byte) rebalance.Input {
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return int(b)
	}
	in := rebalance.Input{Members: make([]rebalance.Member, next()%16), Owner: make([]int32, next()%64)}
	for m := range in.Members {
		in.Members[m] = rebalance.Member{Capacity: next() % 16, Cap: next() % 16, Drain: next()%4 == 1}
	}
	for p := range in.Owner {
		in.Owner[p] = int32(next()%(len(in.Members)+2)) - 1
	}
	fixes := func() (list []rebalance.Fix) {
		for range next() % 32 {
			list = append(list, rebalance.Fix{Partition: int32(next()%64 - 1), Member: int32(next()%16 - 1)})
		}
		return list
	}
	in.Pins, in.Exclusions = fixes(), fixes()
	for range next() % 8 {
		in.Frozen = append(in.Frozen, int32(next()%64))
	}
	decodeWishes(&in, next)
	return in
}

// decodeWishes reads what planners by number do not know.
func decodeWishes(in *rebalance.Input, next func() int) {
	kinds := next()
	if kinds&1 != 0 {
		for range in.Owner {
			in.Weights = append(in.Weights, int64(next())<<(next()%40)-1)
		}
		in.Band = next() * 5
	}
	if kinds&2 != 0 {
		for range in.Owner {
			in.Needs = append(in.Needs, uint64(next()%8))
		}
		for m := range in.Members {
			in.Members[m].Labels = uint64(next() % 8)
		}
	}
	if kinds&4 != 0 {
		for range in.Owner {
			in.Zones = append(in.Zones, int32(next()%5-1))
		}
		for m := range in.Members {
			in.Members[m].Zone = int32(next()%5 - 1)
		}
		in.ZoneSlack = next() * 5
	}
	if kinds&8 != 0 {
		for m := range in.Members {
			in.Members[m].Away = next()%4 == 1
		}
	}
	if kinds&16 != 0 {
		in.Budget = next() % 16
	}
}
