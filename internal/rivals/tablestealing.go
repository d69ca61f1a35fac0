package rivals

import "time"

// TableStealing is the partition manager of the Durable Task Framework that keeps its
// leases in a table, with a look every 10 s. Each member takes care of itself: it takes
// every orphan that it sees, counts who owns how much, and steals from who owns more than
// ⌊P/n⌋ until it has that itself. n is the members that own something, and itself. So the
// first one to look after a leave takes all, and the others steal from it. In one round each
// member looks once, one after the other; who is first is chance, replaced by a hash.
func TableStealing() Strategy {
	return rival("dtfx table", 10*time.Second, func(v view) {
		for _, m := range v.byChance() {
			v.stealForQuota(m)
		}
	})
}

// stealForQuota is one look of a member.
func (v view) stealForQuota(me int32) {
	of := make([][]int32, len(v.names))
	var others []int32 // those that own something, in the order of the table
	for p, owner := range v.owner {
		if owner == NoOwner {
			v.owner[p], owner = me, me
		}
		if owner != me && len(of[owner]) == 0 {
			others = append(others, owner)
		}
		of[owner] = append(of[owner], int32(p))
	}
	quota, mine := len(v.owner)/(len(others)+1), len(of[me])
	for _, m := range others {
		lack, excess := quota-mine, len(of[m])-quota
		if lack < 0 {
			return
		}
		if lack == 0 && excess > 1 {
			lack = 1 // of two that differ by two, each can have the number between
		}
		for _, p := range of[m][:max(0, min(lack, excess))] {
			v.owner[p] = me
			mine++
		}
	}
}
