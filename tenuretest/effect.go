package tenuretest

import (
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/membership/claim"
)

// Leader stands for the partition where the methods that take one are about an
// election: Effect("nightly-billing", tenuretest.Leader).
const Leader = "claim"

// ErrFenced is what a resource that checks tokens answers to a token that is
// smaller than the largest it has seen.
var ErrFenced = errors.New("the resource has seen a larger token")

// Effect says that the worker has an effect outside right now on behalf of a
// partition of a group: a row written, a message sent, by a resource that does
// not check tokens. Call it from the fake of that resource. It fails the test
// unless this process owns the partition at this instant. What goes on in a
// process that has crashed has no effect.
func (m *Member) Effect(group, partition string) {
	if m.dead() {
		return
	}
	key := keyOf(group, partition)
	if m.eye.owns(key) {
		return
	}
	m.cluster.timeline.add(m.label, key, "has an effect")
	m.cluster.referee.Breach(key, "A3 %s has an effect on %s, which it does not own: %s",
		m.label, key, m.cluster.present(key))
}

// FencedEffect is Effect on a resource that remembers the largest token that it
// has seen of a partition. It returns ErrFenced if this one is smaller, and the
// effect has not happened then. A token that this process never got for the
// partition fails the test.
func (m *Member) FencedEffect(group, partition string, token claim.Token) error {
	if m.dead() {
		return fmt.Errorf("%w: the process has crashed", ErrFenced)
	}
	key := keyOf(group, partition)
	if !m.cluster.ledger.gave(m, key, token) {
		m.cluster.timeline.add(m.label, key, "sends token %d", token)
		m.cluster.referee.Breach(key, "S7 %s sends token %d for %s, which it never got", m.label, token, key)
	}
	if largest, ok := m.cluster.referee.Accept(key, token); !ok {
		m.cluster.timeline.add(m.label, key, "is refused (token %d, the resource has seen %d)", token, largest)
		return fmt.Errorf("%w: %d for %s, it is %d", ErrFenced, token, key, largest)
	}
	return nil
}

// present says who owns a claim now.
func (c *Cluster) present(key string) string {
	for _, s := range c.referee.Live(key) {
		if s.Trusted() {
			return fmt.Sprintf("%s does (token %d)", s.Node, s.Token)
		}
	}
	return "nobody does"
}
