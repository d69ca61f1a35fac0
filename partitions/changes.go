package partitions

import (
	"context"
	"slices"
	"strings"
)

// Kind is what happened to a claim.
type Kind uint8

// The kinds of Change.
const (
	// Acquired: this node owns the partition now.
	Acquired Kind = iota + 1
	// Revoked: still owned; finish, save, and call Claim.Return.
	Revoked
	// Lost: already gone; stop at once and call Claim.Return.
	Lost
)

// String returns the kind in lower case.
func (k Kind) String() string {
	return [...]string{"none", "acquired", "revoked", "lost"}[k]
}

// Change is one event of the pull style.
type Change struct {
	Kind  Kind
	Claim *Claim
}

// changeQueue holds the changes that nobody has asked for yet. It is guarded by
// Group.mu.
type changeQueue struct {
	pending []Change
	some    chan struct{} // closed when pending is not empty
}

func newChangeQueue() changeQueue { return changeQueue{some: make(chan struct{})} }

func (q *changeQueue) add(c Change) {
	if len(q.pending) == 0 {
		close(q.some)
	}
	q.pending = append(q.pending, c)
}

func (q *changeQueue) take() []Change {
	all := q.pending
	if len(all) > 0 {
		q.pending, q.some = nil, make(chan struct{})
	}
	return all
}

// Changes waits until claims were acquired, revoked or lost since the last call
// and returns those changes in order. It is the pull style, for members with
// very many partitions: no goroutine runs per claim. Whoever takes a Revoked or
// Lost change calls Claim.Return once the work has stopped. It returns the
// cause of ctx, or membership.ErrLeft when the part in the group has ended and
// every change was taken.
func (g *Group) Changes(ctx context.Context) ([]Change, error) {
	for {
		g.mu.Lock()
		all, some := g.changes.take(), g.changes.some
		g.mu.Unlock()
		if len(all) > 0 {
			return all, nil
		}
		select {
		case <-some:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-g.ctx.Done():
			return nil, context.Cause(g.ctx)
		}
	}
}

// Claims returns the claims that this node holds now, ordered by partition.
func (g *Group) Claims() []*Claim {
	g.mu.Lock()
	claims := make([]*Claim, 0, len(g.works))
	for _, w := range g.works {
		claims = append(claims, w.claim)
	}
	g.mu.Unlock()
	slices.SortFunc(claims, func(a, b *Claim) int { return strings.Compare(a.Partition(), b.Partition()) })
	return claims
}
