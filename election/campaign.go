package election

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

// campaign follows the election's claim and tries for it at the right moments,
// until ctx ends the candidacy.
func (c *Candidate) campaign(ctx context.Context) {
	for ctx.Err() == nil {
		inc, changed := c.node.Incarnation()
		if inc == nil {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		c.campaignIn(ctx, inc)
	}
}

// campaignIn stands as a candidate for as long as one session lasts.
func (c *Candidate) campaignIn(ctx context.Context, inc *membership.Incarnation) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(inc.Context(), cancel)()
	go c.standIn(ctx, inc)
	v := &view{c: c, inc: inc}
	for ctx.Err() == nil {
		if err := v.follow(ctx); err != nil && ctx.Err() == nil {
			c.node.Observe(observe.WatchEnded{Origin: c.node.Origin(), Scope: c.name, Err: err})
			_ = membership.Sleep(ctx, c.node.Clock(), jitter(c.node.TTL()/50, c.node.TTL()/10))
		}
	}
}

// view is what a candidate sees of the election through a watch. It is only a
// hint: the keeper reads the claim before it decides.
type view struct {
	c       *Candidate
	inc     *membership.Incarnation
	seen    claim.Seen
	alive   bool // the holder's session was listed and has not expired
	synced  bool
	attempt <-chan struct{} // when to try, nil for never
	timer   membership.Timer
}

// follow watches the claim and its holder's session until the holder changes.
func (v *view) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	holder := v.seen.Session
	selectors := []backends.Selector{backends.AtKey(v.c.key)}
	if holder != "" && holder != v.inc.ID() {
		selectors = append(selectors, backends.OfSession(holder))
	}
	events, err := v.c.node.Backend().Watch(ctx, v.c.node.TTL()/3, selectors...)
	if err != nil {
		return err
	}
	v.seen, v.alive, v.synced = claim.Seen{}, false, false
	defer v.disarm()
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return ctx.Err()
			}
			if e.Kind == backends.Failed {
				return e.Err
			}
			v.take(e)
			if v.synced && v.seen.Session != holder {
				return nil // watch the new holder's session
			}
		case <-v.attempt:
			v.try()
		}
	}
}

// take takes an event in and arms the next attempt.
func (v *view) take(e backends.Event) {
	switch e.Kind {
	case backends.Put:
		v.seen = claim.See(e.Record)
		v.c.moved(v.inc, v.seen)
	case backends.SessionSeen:
		v.alive = !e.Session.Expired
	case backends.SessionGone:
		v.alive = false
	case backends.Synced:
		v.synced = true
	case backends.Deleted, backends.Failed:
	}
	if v.synced {
		v.arm()
	}
}

// moved tells the keeper about a claim that concerns this node.
func (c *Candidate) moved(inc *membership.Incarnation, seen claim.Seen) {
	held, _, _ := c.state()
	leads := held != nil && held.Check() == nil
	if leads != (seen.Session == inc.ID()) {
		c.want()
	}
}

// want makes the keeper read the claim and take it if it can be had. The wish
// is changed under mu: else this could happen: want sees a candidacy, stop ends
// it and withdraws the wish, want wishes again, and nobody ever takes that back.
func (c *Candidate) want() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.standing != nil {
		c.keeper.Wish(map[string]claim.Wish{claimName: {Want: true, Deputies: c.deputies}})
		c.keeper.Look(claimName)
	}
}

// try tries for the leadership once, and arms another attempt in case it comes
// to nothing: a session can be seen gone before its death can be proven.
func (v *view) try() {
	v.c.want()
	if v.seen.Session != "" {
		v.c.keeper.Try(claimName)
	}
	v.armAfter(jitter(v.c.node.TTL()/20, v.c.node.TTL()/5))
}

// arm decides when to try: at once for whom the last leader named, a little
// later for its deputies, and much later for everybody else, so that 1,000
// candidates do not all write.
func (v *view) arm() {
	v.disarm()
	ttl, me := v.c.node.TTL(), v.inc.ID()
	free := v.seen.Session == "" && !v.seen.Garbage
	switch rank := slices.Index(v.seen.Deputies, me); {
	case v.seen.Session == me, v.seen.Garbage, !free && v.alive:
	case v.seen.Next == me:
		v.armAfter(0)
	case rank >= 0 && free:
		v.armAfter(time.Duration(rank+1) * ttl / 100)
	case rank >= 0:
		v.armAfter(time.Duration(rank) * ttl / 500)
	case len(v.seen.Deputies) > 0 || v.seen.Next != "":
		v.armAfter(jitter(ttl/10, ttl))
	default: // nobody knows the candidates yet
		v.armAfter(jitter(0, ttl/100))
	}
}

func (v *view) armAfter(d time.Duration) {
	v.disarm()
	due := make(chan struct{})
	v.attempt = due
	v.timer = v.c.node.Clock().AfterFunc(d, func() { close(due) })
}

func (v *view) disarm() {
	if v.timer != nil {
		v.timer.Stop()
		v.timer, v.attempt = nil, nil
	}
}

// jitter returns a random duration from least up to most.
func jitter(least, most time.Duration) time.Duration {
	return least + rand.N(max(most-least, 1))
}
