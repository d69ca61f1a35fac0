package rebalance

import (
	"cmp"
	"slices"
)

// eligibility answers fast whether a member may own a partition: by its labels, and by
// the exclusions. The members that are excluded from partition p are
// members[start[p]:start[p+1]], in order. What is not used stays empty and costs nothing.
type eligibility struct {
	start   []int
	members []int32
	needs   []uint64 // by partition
	labels  []uint64 // by member
	class   []int32  // by partition: the number of its needs; nil where all are alike
	sets    []uint64 // by class: the needs
}

// newEligibility takes the exclusions sorted by partition and member.
func newEligibility(in *Input, sorted []Fix) eligibility {
	e := eligibility{sets: []uint64{0}}
	if len(sorted) > 0 {
		e.start, e.members = make([]int, len(in.Owner)+1), make([]int32, len(sorted))
		for i, f := range sorted {
			e.members[i] = f.Member
			e.start[f.Partition+1] = i + 1
		}
		for p := range in.Owner { // partitions without exclusions have an empty row
			e.start[p+1] = max(e.start[p+1], e.start[p])
		}
	}
	if slices.ContainsFunc(in.Needs, func(needs uint64) bool { return needs != 0 }) {
		e.needs = in.Needs
		e.labels = make([]uint64, len(in.Members))
		for i, m := range in.Members {
			e.labels[i] = m.Labels
		}
		e.classify()
	}
	return e
}

// classify numbers the different needs in the order in which they come first.
func (e *eligibility) classify() {
	e.class = make([]int32, len(e.needs))
	number := map[uint64]int32{0: 0}
	last, class := uint64(0), int32(0) // neighbours are often alike
	for p, needs := range e.needs {
		if needs != last {
			known := false
			if class, known = number[needs]; !known {
				class = int32(len(e.sets))
				number[needs] = class
				e.sets = append(e.sets, needs)
			}
			last = needs
		}
		e.class[p] = class
	}
}

func (e *eligibility) any() bool { return len(e.members) > 0 || e.class != nil }

// classOf returns the number of the partition's needs.
func (e *eligibility) classOf(p int32) int32 {
	if e.class == nil {
		return 0
	}
	return e.class[p]
}

// lacks reports whether the member lacks a label that the class needs.
func (e *eligibility) lacks(class, member int32) bool {
	return class != 0 && e.sets[class]&^e.labels[member] != 0
}

// row returns the members that are excluded from partition p.
func (e *eligibility) row(p int32) []int32 {
	if len(e.members) == 0 {
		return nil
	}
	return e.members[e.start[p]:e.start[p+1]]
}

// bars reports whether the member may not own partition p.
func (e *eligibility) bars(p, member int32) bool {
	if e.class != nil && e.needs[p]&^e.labels[member] != 0 {
		return true
	}
	if len(e.members) == 0 {
		return false
	}
	_, found := slices.BinarySearch(e.row(p), member)
	return found
}

// classes numbers the partitions so that those with the same needs and exclusions have
// the same number. It also returns how many there are.
func (e *eligibility) classes(partitions int) (class []int32, count int32) {
	class, count = make([]int32, partitions), int32(len(e.sets))
	var restricted []int32
	for p := range int32(partitions) {
		class[p] = e.classOf(p)
		if len(e.row(p)) > 0 {
			restricted = append(restricted, p)
		}
	}
	compare := func(a, b int32) int {
		return cmp.Or(cmp.Compare(e.classOf(a), e.classOf(b)), slices.Compare(e.row(a), e.row(b)))
	}
	slices.SortFunc(restricted, compare)
	for i, p := range restricted {
		if i == 0 || compare(p, restricted[i-1]) != 0 {
			count++
		}
		class[p] = count - 1
	}
	return class, count
}
