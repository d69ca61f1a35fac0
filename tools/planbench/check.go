package main

import (
	"fmt"
	"slices"

	"github.com/tenure-go/tenure/rebalance"
)

// All checks here count for themselves. They believe nothing that a plan says of itself.

// complete reports the first partition that has no owner, or one that is not there.
func complete(owner []int32, partitions, members int) error {
	if len(owner) != partitions {
		return fmt.Errorf("%d owners for %d partitions", len(owner), partitions)
	}
	for p, m := range owner {
		if m < 0 || int(m) >= members {
			return fmt.Errorf("partition %d has owner %d of %d members", p, m, members)
		}
	}
	return nil
}

// owned counts the partitions of each member.
func owned(owner []int32, members int) []int {
	counts := make([]int, members)
	for _, m := range owner {
		if m != rebalance.NoOwner {
			counts[m]++
		}
	}
	return counts
}

// even reports members of which one has two partitions more than the other.
func even(owner []int32, members int) error {
	counts := owned(owner, members)
	if least, most := slices.Min(counts), slices.Max(counts); most > least+1 {
		return fmt.Errorf("one member has %d partitions, another one %d", least, most)
	}
	return nil
}

// moves counts the partitions that had an owner and have another one.
func moves(before, after []int32) (count int) {
	for p, m := range before {
		if m != rebalance.NoOwner && m != after[p] {
			count++
		}
	}
	return count
}

// leastMoves is the least number of moves that makes a group even: of P partitions and
// n members, r = P mod n may have q+1 and the others q = ⌊P/n⌋, so each must give up what
// it has above q, but for one partition of as many members as may keep q+1.
func leastMoves(owner []int32, members int) int {
	quota, extras := len(owner)/members, len(owner)%members
	surplus, above := 0, 0
	for _, count := range owned(owner, members) {
		if count > quota {
			surplus += count - quota
			above++
		}
	}
	return surplus - min(extras, above)
}
