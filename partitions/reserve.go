package partitions

import (
	"context"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions/plan"
)

// reserveOwned keeps what this member owns for its name: written before the
// member is seen leaving, so that nothing is placed elsewhere in between.
func (g *Group) reserveOwned(ctx context.Context, grace time.Duration) bool {
	g.mu.Lock()
	r := plan.Reservation{Deadline: time.Now().Add(grace), Grace: grace}
	for name := range g.works {
		if i, ok := g.index[name]; ok {
			r.Partitions.Add(i)
		}
	}
	g.mu.Unlock()
	key, err := g.keys.reserved.Key(g.node.Name())
	if err != nil {
		return true // a name that makes no key cannot be reserved for
	}
	records, err := membership.Call(ctx, g.node.TTL()/3, func(ctx context.Context) ([]backends.Record, error) {
		return g.backend().Read(ctx, key)
	})
	if err != nil {
		return false
	}
	result, err := g.write(ctx, backends.Write{Key: key, Value: plan.Encode(r), Expect: records[0].Revision})
	return err == nil && result.Outcome == backends.Applied
}
