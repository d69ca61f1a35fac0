package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/internal/rivals"
)

// client is the sticky assignor of a public Kafka client.
type client struct {
	name string
	// prepare hands it a group, encoded as its members would send it, and returns one
	// planning of this group: what is measured.
	prepare func(kafkaGroup) (func() (assignment, error), error)
}

var clients = []client{franzGo, sarama}

// assignment is the partitions of each topic by the name of the member.
type assignment map[string]map[string][]int32

// previousGeneration is of the assignment that the members report.
const previousGeneration = 1

// kafkaGroup is a group in the words of Kafka: partitions are numbered within topics, and
// each member tells what it owns. All subscribe to all topics.
type kafkaGroup struct {
	group    rivals.Group
	topics   []string
	perTopic int           // partitions of a topic; the last one may have fewer
	members  []kafkaMember // those that are there, by name
}

type kafkaMember struct {
	name  string
	index int32              // in group.Members
	owned map[string][]int32 // by topic
}

// newKafkaGroup splits the partitions into topics of 1000, or a hundred topics where that
// makes fewer: both clients take longer for more topics. Members that leave or are away
// are gone for Kafka.
func newKafkaGroup(group rivals.Group) kafkaGroup {
	k := kafkaGroup{group: group, perTopic: max(1000, (len(group.Owner)+99)/100)}
	for first := 0; first < len(group.Owner); first += k.perTopic {
		k.topics = append(k.topics, fmt.Sprintf("topic-%03d", len(k.topics)))
	}
	owned := make([]map[string][]int32, len(group.Members))
	for p, m := range group.Owner {
		if m == rivals.NoOwner {
			continue
		}
		if owned[m] == nil {
			owned[m] = make(map[string][]int32)
		}
		topic := k.topics[p/k.perTopic]
		owned[m][topic] = append(owned[m][topic], int32(p%k.perTopic))
	}
	for i, m := range group.Members {
		if !m.Leaving && !m.Away {
			k.members = append(k.members, kafkaMember{m.Name, int32(i), owned[i]})
		}
	}
	slices.SortFunc(k.members, func(a, b kafkaMember) int { return strings.Compare(a.name, b.name) })
	return k
}

// size is the number of partitions of a topic.
func (k kafkaGroup) size(topic int) int {
	return min(k.perTopic, len(k.group.Owner)-topic*k.perTopic)
}

// owners turns an assignment back into the owner of each partition. It is an error when
// it names what is not there, gives a partition twice, or leaves one out.
func (k kafkaGroup) owners(plan assignment) ([]int32, error) {
	members, topics := make(map[string]int32), make(map[string]int)
	for _, m := range k.members {
		members[m.name] = m.index
	}
	for i, name := range k.topics {
		topics[name] = i
	}
	owner := slices.Repeat([]int32{rivals.NoOwner}, len(k.group.Owner))
	for name, owned := range plan {
		member, ok := members[name]
		if !ok {
			return nil, fmt.Errorf("the assignment names member %q, which is not there", name)
		}
		for name, partitions := range owned {
			topic, ok := topics[name]
			if !ok {
				return nil, fmt.Errorf("the assignment names topic %q, which is not there", name)
			}
			for _, number := range partitions {
				if number < 0 || int(number) >= k.size(topic) {
					return nil, fmt.Errorf("the assignment names partition %d of %s, which has %d", number, name, k.size(topic))
				}
				p := topic*k.perTopic + int(number)
				if owner[p] != rivals.NoOwner {
					return nil, fmt.Errorf("the assignment gives partition %d of %s twice", number, name)
				}
				owner[p] = member
			}
		}
	}
	if p := slices.Index(owner, rivals.NoOwner); p >= 0 {
		return nil, fmt.Errorf("the assignment gives partition %d of %s to nobody", p%k.perTopic, k.topics[p/k.perTopic])
	}
	return owner, nil
}

// strategy makes the client a player of the scenarios.
func (c client) strategy() rivals.Strategy {
	return rivals.Strategy{Name: c.name, Plan: func(g rivals.Group) []int32 {
		k := newKafkaGroup(g)
		if len(k.members) == 0 {
			return slices.Repeat([]int32{rivals.NoOwner}, len(g.Owner))
		}
		plan, err := c.prepare(k)
		if err != nil {
			return nil
		}
		assigned, err := plan()
		if err != nil {
			return nil
		}
		owner, err := k.owners(assigned)
		if err != nil {
			return nil
		}
		return owner
	}}
}
