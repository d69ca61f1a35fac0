package partitions

import (
	"context"

	"github.com/tenure-go/tenure/internal/guard"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

// prepareFor calls OnPrepare for what a plan newly wants, and ends it for what
// is not wanted any more. The caller holds mu.
func (g *Group) prepareFor(wishes map[string]claim.Wish) {
	if g.cfg.OnPrepare == nil {
		return
	}
	for name, wish := range wishes {
		if !wish.Want {
			g.endPrepare(name)
			continue
		}
		if g.works[name] != nil || g.prepare[name] != nil {
			continue
		}
		ctx, cancel := context.WithCancel(g.ctx)
		g.prepare[name] = cancel
		go func() {
			defer cancel()
			err := guard.Call(func() error {
				g.cfg.OnPrepare(ctx, name)
				return nil
			})
			if err != nil { // it has no claim to lose
				g.node.Observe(observe.CallbackFailed{
					Claim: observe.Claim{Origin: g.node.Origin(), Scope: g.cfg.Group, Key: name}, Err: err, Failures: 1,
				})
			}
		}()
	}
}

// endPrepare ends a preparation. The caller holds mu.
func (g *Group) endPrepare(name string) {
	if cancel := g.prepare[name]; cancel != nil {
		cancel()
		delete(g.prepare, name)
	}
}
