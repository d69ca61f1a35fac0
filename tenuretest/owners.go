package tenuretest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/partitions"
)

// step is the virtual time between two looks at something that should change.
const step = 100 * time.Millisecond

// limit is how long something may take that is promised to happen once all is
// well: twelve TTLs, and a minute for callbacks that drain.
func (c *Cluster) limit() time.Duration { return patience*c.ttl() + time.Minute }

// WaitFor waits in virtual time until ok, and fails the test if that takes
// longer than twelve TTLs and a minute. what completes the sentence "waited in
// vain for".
func (c *Cluster) WaitFor(what string, ok func() bool) {
	c.Helper()
	c.until(what, func() error {
		if ok() {
			return nil
		}
		return errors.New("it did not come")
	})
}

// until waits until problem returns nil.
func (c *Cluster) until(what string, problem func() error) {
	c.Helper()
	begun := time.Now()
	for {
		err := problem()
		if err == nil {
			return
		}
		if limit := c.limit(); time.Since(begun) > limit {
			c.Fatalf("waited in vain for %s, %v long: %v", what, limit, err)
		}
		time.Sleep(step)
	}
}

// WaitBalanced waits in virtual time until every partition of the group is
// owned by the member that the newest plan gives it to, and those who take part
// are the named members, or all that run if none is named. It fails the test if
// that takes longer than twelve TTLs and a minute.
func (c *Cluster) WaitBalanced(group string, members ...string) {
	c.Helper()
	c.until("group "+group+" to be balanced", func() error { return c.balanced(group, members) })
}

// balanced says what is wrong with a group, if anything.
func (c *Cluster) balanced(group string, members []string) error {
	o, err := partitions.Owners(c.world, c.Backend(), group)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		for _, m := range c.Members() {
			if !m.departing() {
				members = append(members, m.name)
			}
		}
	}
	want := slices.Sorted(slices.Values(members))
	take := slices.Sorted(maps.Keys(o.Members))
	switch {
	case !slices.Equal(take, want):
		return fmt.Errorf("its members are [%s], want [%s]", strings.Join(take, " "), strings.Join(want, " "))
	case o.Unowned > 0:
		return fmt.Errorf("%d partitions have no owner", o.Unowned)
	case !o.Settled:
		return fmt.Errorf("partitions are still to move: members own %v", o.Members)
	}
	return nil
}

// Ownership tells who owns what in the group, as the store's records say. A
// group that does not exist fails the test.
func (c *Cluster) Ownership(group string) partitions.Ownership {
	c.Helper()
	o, err := partitions.Owners(c.world, c.Backend(), group)
	if err != nil {
		c.Fatalf("ownership of group %s: %v", group, err)
	}
	return o
}

// Owners returns the member that owns each partition of the group, "" for
// nobody.
func (c *Cluster) Owners(group string) map[string]string {
	c.Helper()
	owners := map[string]string{}
	for _, owner := range c.Ownership(group).Owners {
		owners[owner.Partition] = owner.Member
	}
	return owners
}

// Partitions returns what the member owns of the group, in the group's order.
func (c *Cluster) Partitions(group, member string) []string {
	c.Helper()
	var names []string
	for _, owner := range c.Ownership(group).Owners {
		if owner.Member == member {
			names = append(names, owner.Partition)
		}
	}
	return names
}

// Leader returns the member that leads the election, "" for nobody.
func (c *Cluster) Leader(name string) string {
	c.Helper()
	leader, err := election.Lookup(c.world, c.Backend(), name)
	if err != nil && !errors.Is(err, election.ErrNoLeader) {
		c.Fatalf("leader of election %s: %v", name, err)
	}
	return leader.Member
}

// WaitLeader waits in virtual time until a member that runs leads the election,
// and returns its name. It fails the test if that takes longer than twelve TTLs
// and a minute.
func (c *Cluster) WaitLeader(name string) string {
	c.Helper()
	var leader string
	c.WaitFor("a leader of election "+name, func() bool {
		leader = c.Leader(name)
		return slices.ContainsFunc(c.Members(), func(m *Member) bool { return m.name == leader })
	})
	return leader
}
