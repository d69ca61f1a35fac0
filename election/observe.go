package election

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// Leader is who leads an election.
type Leader struct {
	Session backends.SessionID
	// Member and Address are what the leader said of itself.
	Member, Address string
	Token           claim.Token
}

// Lookup tells who leads an election right now, from any process, without
// joining. It returns ErrNoLeader if nobody does or if the claim names a
// session that is gone, and the store's errors. What it returns can be old by
// the time it is used: the token tells.
func Lookup(ctx context.Context, b backends.Backend, name string) (Leader, error) {
	for leader, err := range Observe(ctx, b, name) {
		if err != nil {
			return Leader{}, err
		}
		if leader.Session == "" {
			return Leader{}, fmt.Errorf("%w: %q", ErrNoLeader, name)
		}
		return leader, nil
	}
	return Leader{}, context.Cause(ctx)
}

// Observe follows who leads an election, from any process, without joining: it
// yields the present leader first, then every change; the zero Leader stands
// for nobody. An error of the store is yielded once and ends the sequence, as
// does the end of ctx. Changes in between can be left out.
func Observe(ctx context.Context, b backends.Backend, name string) iter.Seq2[Leader, error] {
	return func(yield func(Leader, error) bool) {
		dir, err := backends.NewDir("elections", name)
		if err != nil {
			yield(Leader{}, fmt.Errorf("election %q: %w", name, err))
			return
		}
		o := observer{b: b, key: backends.Key(string(dir) + claimName), yield: yield}
		for ctx.Err() == nil && !o.ended {
			if err := o.follow(ctx); err != nil && ctx.Err() == nil && !o.ended {
				yield(Leader{}, fmt.Errorf("election %q: %w", name, err))
				return
			}
		}
	}
}

// silence is how long an observer's watch may be without contact.
const silence = 10 * time.Second

type observer struct {
	b     backends.Backend
	key   backends.Key
	yield func(Leader, error) bool
	seen  claim.Seen
	last  *Leader
	ended bool
}

// follow watches the claim and its holder until the holder changes.
func (o *observer) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	holder := o.seen.Session
	selectors := []backends.Selector{backends.AtKey(o.key)}
	if holder != "" {
		selectors = append(selectors, backends.OfSession(holder))
	}
	events, err := o.b.Watch(ctx, silence, selectors...)
	if err != nil {
		return err
	}
	alive, synced := false, false
	o.seen = claim.Seen{}
	for e := range events {
		switch e.Kind {
		case backends.Put:
			o.seen = claim.See(e.Record)
		case backends.SessionSeen:
			alive = !e.Session.Expired
		case backends.SessionGone:
			alive = false
		case backends.Synced:
			synced = true
		case backends.Failed:
			if errors.Is(e.Err, backends.ErrCompacted) {
				return nil
			}
			return e.Err
		case backends.Deleted:
		}
		if !synced {
			continue
		}
		if o.seen.Session != holder {
			return nil // ask about the new holder's session
		}
		if o.show(alive); o.ended {
			return nil
		}
	}
	return context.Cause(ctx)
}

// show yields the leader if it is another one than last time.
func (o *observer) show(alive bool) {
	var leader Leader
	if o.seen.Session != "" && alive {
		leader = Leader{Session: o.seen.Session, Member: o.seen.Member, Address: o.seen.Address, Token: o.seen.Token}
	}
	if o.last != nil && *o.last == leader {
		return
	}
	o.last = &leader
	o.ended = !o.yield(leader, nil)
}
