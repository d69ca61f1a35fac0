package rebalance

import "fmt"

// Problem is a wish that cannot be granted. The plan does the best without it.
type Problem struct {
	Kind      ProblemKind
	Partition int32 // -1 where the problem is not about one partition
	Member    int32 // NoOwner where it is not about one member
	Count     int   // how many partitions it concerns
}

// ProblemKind is the kind of a Problem.
type ProblemKind uint8

const (
	// ProblemPinConflict: a partition is pinned to several members; none of its
	// pins counts. There is one problem for each pin.
	ProblemPinConflict ProblemKind = iota
	// ProblemPinDraining: a partition is pinned to a member that drains.
	ProblemPinDraining
	// ProblemPinExcluded: a partition is pinned to a member that may not own it.
	ProblemPinExcluded
	// ProblemPinOverCap: pins and frozen partitions fill the cap of the member.
	ProblemPinOverCap
	// ProblemNobodyEligible: exclusions and labels leave no member for a partition.
	ProblemNobodyEligible
	// ProblemNoMember: Count partitions have no owner, as there is no member, or
	// every member drains.
	ProblemNoMember
	// ProblemNoRoom: Count partitions have no owner, as the caps of the members
	// that may own them are used up.
	ProblemNoRoom
	// ProblemDrainBlocked: Count partitions stay with a member that drains, as
	// nobody can take them.
	ProblemDrainBlocked
	// ProblemPinAway: a partition is pinned to a member that is away.
	ProblemPinAway
	// ProblemHeavyPartition: a partition is heavier than the band of any member allows.
	// Its owner should have nothing else; the shares are those of the others.
	ProblemHeavyPartition
	// ProblemOutsideBand: Count members stay outside the band, as nothing that was
	// tried brings them nearer; Member is the one furthest outside.
	ProblemOutsideBand
)

// String returns a sentence for operators, with partition and member as indexes.
func (p Problem) String() string {
	switch p.Kind {
	case ProblemPinConflict:
		return fmt.Sprintf("partition %d is pinned to member %d and to others: no pin of it counts", p.Partition, p.Member)
	case ProblemPinDraining:
		return fmt.Sprintf("partition %d is pinned to member %d, which drains: the pin does not count", p.Partition, p.Member)
	case ProblemPinExcluded:
		return fmt.Sprintf("partition %d is pinned to member %d, which may not own it: the pin does not count", p.Partition, p.Member)
	case ProblemPinOverCap:
		return fmt.Sprintf("partition %d is pinned to member %d, whose cap is used up by other pins and frozen partitions: the pin does not count", p.Partition, p.Member)
	case ProblemNobodyEligible:
		return fmt.Sprintf("partition %d is excluded from every member that could take it", p.Partition)
	case ProblemNoMember:
		return fmt.Sprintf("%d partitions have no owner: every member drains or is away", p.Count)
	case ProblemNoRoom:
		return fmt.Sprintf("%d partitions have no owner: the members that may own them are at their caps", p.Count)
	case ProblemDrainBlocked:
		return fmt.Sprintf("member %d drains but keeps %d partitions: nobody can take them", p.Member, p.Count)
	case ProblemPinAway:
		return fmt.Sprintf("partition %d is pinned to member %d, which is away: the pin does not count", p.Partition, p.Member)
	case ProblemHeavyPartition:
		return fmt.Sprintf("partition %d is heavier than the share of any member allows: split it, or raise a capacity", p.Partition)
	case ProblemOutsideBand:
		return fmt.Sprintf("the load of %d of the members is outside the band, of member %d the furthest: the weights, or other wishes, leave no better place", p.Count, p.Member)
	}
	return fmt.Sprintf("ProblemKind(%d)", uint8(p.Kind))
}

func (p *planner) report(kind ProblemKind, about Fix, count int) {
	p.problems = append(p.problems, Problem{kind, about.Partition, about.Member, count})
}

// reportUnowned reports the free partitions that got no owner.
func (p *planner) reportUnowned(count int) {
	switch {
	case count == 0:
	case p.live == 0:
		p.report(ProblemNoMember, Fix{-1, NoOwner}, count)
	default:
		p.report(ProblemNoRoom, Fix{-1, NoOwner}, count)
	}
}

// reportDrains reports what draining members keep, other than frozen partitions.
func (p *planner) reportDrains() {
	for i := range p.seats {
		s := &p.seats[i]
		if kept := s.load - s.fixed + s.stuck; s.drain && kept > 0 {
			p.report(ProblemDrainBlocked, Fix{-1, int32(i)}, kept)
		}
	}
}
