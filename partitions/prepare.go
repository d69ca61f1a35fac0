package partitions

import (
	"context"

	"github.com/tenure-go/tenure/membership/claim"
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
			// A preparation that panics has no claim to lose; it is reported
			// as any other when the claim itself fails.
			defer func() { _ = recover() }()
			g.cfg.OnPrepare(ctx, name)
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
