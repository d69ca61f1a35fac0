package main

import (
	"fmt"
	"maps"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// franzGo is the sticky balancer of franz-go. The cooperative one plans in the same way,
// but hands out only a first part where partitions move.
var franzGo = client{name: "franz-go", prepare: func(k kafkaGroup) (func() (assignment, error), error) {
	balancer := kgo.StickyBalancer()
	members := make([]kmsg.JoinGroupResponseMember, len(k.members))
	for i, m := range k.members {
		members[i] = kmsg.NewJoinGroupResponseMember()
		members[i].MemberID = m.name
		members[i].ProtocolMetadata = balancer.JoinGroupMetadata(k.topics, maps.Clone(m.owned), previousGeneration)
	}
	group, _, err := balancer.MemberBalancer(members)
	if err != nil {
		return nil, fmt.Errorf("franz-go: %w", err)
	}
	sizes := make(map[string]int32)
	for i, topic := range k.topics {
		sizes[topic] = int32(k.size(i))
	}
	// Its own members return their errors from here; Balance would panic.
	fallible, ok := group.(kgo.GroupMemberBalancerOrError)
	if !ok {
		return nil, fmt.Errorf("franz-go: %T is not a kgo.GroupMemberBalancerOrError; adapt this to its version", group)
	}
	return func() (assignment, error) {
		balanced, err := fallible.BalanceOrError(sizes)
		if err != nil {
			return nil, fmt.Errorf("franz-go: %w", err)
		}
		plan, ok := balanced.(*kgo.BalancePlan)
		if !ok {
			return nil, fmt.Errorf("franz-go: %T is not a *kgo.BalancePlan; adapt this to its version", balanced)
		}
		return plan.AsMemberIDMap(), nil
	}, nil
}}
