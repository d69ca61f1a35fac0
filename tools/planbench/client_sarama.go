package main

import (
	"fmt"

	kafka "github.com/IBM/sarama"
)

// sarama is the sticky strategy of IBM/sarama.
var sarama = client{name: "sarama", prepare: func(k kafkaGroup) (func() (assignment, error), error) {
	strategy := kafka.NewBalanceStrategySticky()
	members := make(map[string]kafka.ConsumerGroupMemberMetadata)
	for _, m := range k.members {
		metadata := kafka.ConsumerGroupMemberMetadata{Topics: k.topics}
		if len(m.owned) > 0 { // a new member sends nothing
			var err error
			// This is the user data that a member gets, and sends back the next time.
			if metadata.UserData, err = strategy.AssignmentData(m.name, m.owned, previousGeneration); err != nil {
				return nil, fmt.Errorf("sarama: %w", err)
			}
		}
		members[m.name] = metadata
	}
	topics := make(map[string][]int32)
	for i, topic := range k.topics {
		for number := range k.size(i) {
			topics[topic] = append(topics[topic], int32(number))
		}
	}
	return func() (assignment, error) {
		plan, err := strategy.Plan(members, topics)
		if err != nil {
			return nil, fmt.Errorf("sarama: %w", err)
		}
		return assignment(plan), nil
	}, nil
}}
