package rebalance

import "slices"

// exclusions answers fast whether a member may own a partition. The members that
// may not own partition p are members[start[p]:start[p+1]], in order. Without any
// exclusion it stays empty and costs nothing.
type exclusions struct {
	start   []int
	members []int32
}

// newExclusions takes the fixes sorted by partition and member.
func newExclusions(partitions int, sorted []Fix) exclusions {
	if len(sorted) == 0 {
		return exclusions{}
	}
	e := exclusions{start: make([]int, partitions+1), members: make([]int32, len(sorted))}
	for i, f := range sorted {
		e.members[i] = f.Member
		e.start[f.Partition+1] = i + 1
	}
	for p := range partitions { // partitions without exclusions have an empty row
		e.start[p+1] = max(e.start[p+1], e.start[p])
	}
	return e
}

func (e *exclusions) any() bool { return len(e.members) > 0 }

// row returns the members that may not own partition p.
func (e *exclusions) row(p int32) []int32 {
	return e.members[e.start[p]:e.start[p+1]]
}

// has reports whether the member may not own partition p.
func (e *exclusions) has(p, member int32) bool {
	if len(e.members) == 0 {
		return false
	}
	_, found := slices.BinarySearch(e.row(p), member)
	return found
}

// classes numbers the partitions so that those with the same exclusions have the same
// number: from 1 on, and 0 for those without any. It also returns how many there are.
func (e *exclusions) classes(partitions int) (class []int32, count int32) {
	class, count = make([]int32, partitions), 1
	var restricted []int32
	for p := range int32(partitions) {
		if len(e.row(p)) > 0 {
			restricted = append(restricted, p)
		}
	}
	slices.SortFunc(restricted, func(a, b int32) int { return slices.Compare(e.row(a), e.row(b)) })
	for i, p := range restricted {
		if i > 0 && slices.Equal(e.row(p), e.row(restricted[i-1])) {
			class[p] = count - 1
			continue
		}
		class[p] = count
		count++
	}
	return class, count
}
