package main

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/rebalance"
)

func TestBand_SetsGiantsAside(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		weights   []int64
		members   int
		low, high int64
		giants    []int64
	}{
		{[]int64{100, 100, 100, 100}, 4, 95, 105, nil},
		{[]int64{100, 100, 100, 101}, 4, 96, 105, nil}, // 95.2375 to 105.2625
		{[]int64{10, 90, 900, 100}, 3, 95, 105, []int64{900}},
		// 900 lowers the share of the others from 412.5 to 250, too little for 400.
		{[]int64{900, 400, 100, 100, 100, 50}, 4, 167, 183, []int64{900, 400}},
		{[]int64{900, 400}, 1, 1235, 1365, nil},
	} {
		b := bandOf(test.weights, test.members)
		if b.low != test.low || b.high != test.high || !slices.Equal(b.giants, test.giants) {
			t.Errorf("%v, %d members: %d to %d, giants %v; want %+v", test.weights, test.members, b.low, b.high, b.giants, test)
		}
	}
}

func TestBand_Outside(t *testing.T) {
	t.Parallel()
	b := bandOf([]int64{10, 90, 900, 100}, 3)
	for _, test := range []struct {
		owner []int32
		want  int
	}{
		{[]int32{0, 0, 1, 2}, 0},
		{[]int32{0, 2, 1, 2}, 2},  // 10 and 190
		{[]int32{1, 0, 1, 2}, 2},  // the giant has company, and 90 is too little
		{[]int32{0, 0, 1, -1}, 1}, // nothing is not a giant
	} {
		if got := b.outside(test.owner); got != test.want {
			t.Errorf("owners %v: %d outside, want %d", test.owner, got, test.want)
		}
	}
}

func TestBand_SqueezesHeavyOrphansIn(t *testing.T) {
	t.Parallel()
	b := band{weights: []int64{60, 70, 40, 95, 95, 85, 105}, members: 3, high: 100}
	for _, test := range []struct {
		owner []int32
		want  int64
	}{
		{[]int32{0, 1, 2, 0, 0, 0, 0}, 0},        // no orphan
		{[]int32{0, 1, 2, -1, 2, 2, 0}, 95 - 30}, // member 1 has most room
		{[]int32{0, 1, 2, -1, 0, -1, 1}, 95 + 85 - 60},
		{[]int32{0, 1, 2, 0, 1, 2, -1}, 0},                         // a giant is no matter of room
		{[]int32{0, 1, -1, -1, -1, -1, 2}, 95 + 95 + 85 - 40 - 30}, // and none has room at member 2
		{[]int32{0, 1, -1, 0, 0, 0, 0}, 0},                         // 40 fits
	} {
		load, _, _ := b.loads(test.owner)
		if got := b.squeezed(test.owner, load); got != test.want {
			t.Errorf("owners %v, loads %v: %d, want %d", test.owner, load, got, test.want)
		}
	}
}

// No plan that brings all members inside the band moves less than leastLoad.
func TestBand_LeastLoadIsALowerBound(t *testing.T) {
	t.Parallel()
	const seed, partitions, members = 11, 7, 3
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	tight, giants, squeezed := 0, 0, 0
	for range 4000 {
		weights, before := make([]int64, partitions), make([]int32, partitions)
		for p := range weights {
			weights[p], before[p] = 1+random.Int64N(60), int32(random.IntN(members+1))-1
		}
		if random.IntN(4) == 0 {
			weights[0] *= 10
		}
		b := bandOf(weights, members)
		bound, least := b.leastLoad(before), int64(-1)
		everyOwner(partitions, members, 0, func(after []int32) {
			for p, w := range weights {
				if w > b.high && before[p] != rebalance.NoOwner && before[p] != after[p] {
					return
				}
			}
			if moved := b.movedLoad(before, after); b.outside(after) == 0 && (least < 0 || moved < least) {
				least = moved
			}
		})
		if least < 0 {
			continue // no plan at all
		}
		if bound > least {
			t.Fatalf("weights %v, owners %v: bound %d, a plan moves %d", weights, before, bound, least)
		}
		if bound > 0 && bound == least {
			tight++
			giants += len(b.giants)
			load, _, _ := b.loads(before)
			squeezed += int(min(1, b.squeezed(before, load)))
		}
	}
	t.Logf("%d bounds are reached, among them %d with giants and %d with heavy orphans", tight, giants, squeezed)
	if tight < 20 || giants == 0 || squeezed == 0 {
		t.Error("too few bounds are reached to tell anything")
	}
}

func TestBand_SeesALoadThatMovesInVain(t *testing.T) {
	t.Parallel()
	in, owner := planned(t, cell{sizes[1], drift, true})
	b := bandOf(in.Weights, len(in.Members))
	if outside := b.outside(owner); outside > 0 {
		t.Errorf("%d members outside", outside)
	}
	mean := b.total() / int64(len(in.Owner))
	moved, least := b.movedLoad(in.Owner, owner), b.leastLoad(in.Owner)
	if a := aimLoad(moved, least, mean); !a.met || least == 0 {
		t.Errorf("moved %d, least %d", moved, least)
	}
	for m, rounds := int32(0), 50; rounds > 0; m, rounds = m+1, rounds-1 { // what stayed goes to a neighbour
		p := slices.IndexFunc(owner, func(o int32) bool { return o == m })
		owner[p] = (m + 1) % int32(len(in.Members))
	}
	if a := aimLoad(b.movedLoad(in.Owner, owner), least, mean); a.met || !a.failed {
		t.Errorf("moved %d, least %d, and nothing is said", b.movedLoad(in.Owner, owner), least)
	}
	for p := range 300 {
		owner[p] = 9
	}
	if b.outside(owner) == 0 {
		t.Error("a member with too much is not seen")
	}
}
