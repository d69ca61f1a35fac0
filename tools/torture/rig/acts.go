package rig

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/partitions"
	"github.com/tenure-go/tenure/tools/torture/checks"
	"github.com/tenure-go/tenure/tools/torture/logbook"
)

// Act is how the name of a span begins that is no fault.
const Act = "act: "

// lookEvery is how often the group is looked at while it shall come to rest.
const lookEvery = 50 * time.Millisecond

// bound is how long the group may take to be settled: what died expires, a coordinator is
// elected, and what the dead owned is shared out.
func (r *run) bound() time.Duration { return 3*r.TTL + 10*time.Second }

// acts brings the group to rest, and then shows what holds when the store can be reached:
// silence, takeover from one that was killed, and one callback that hangs.
func (r *run) acts(ctx context.Context, a *checks.Acts) error {
	a.Calm, a.Bound = logbook.Now(), r.bound()
	id := r.book.Begin(Act+"settle", "all")
	settled, err := r.settle(ctx, a.Bound, r.members)
	r.book.End(id, err)
	if err != nil {
		return ctx.Err() // check L1 says so
	}
	a.Settled = settled
	for _, m := range r.members {
		process, _ := m.current()
		a.Live = append(a.Live, process)
	}
	for _, act := range []struct {
		name string
		do   func(context.Context, *checks.Acts) error
	}{{"silence", r.silence}, {"crash", r.crash}, {"hang", r.hang}} {
		id := r.book.Begin(Act+act.name, "all")
		err := act.do(ctx, a)
		r.book.End(id, err)
		if err != nil {
			r.problem("%s: %v", act.name, err)
			return ctx.Err()
		}
	}
	return nil
}

// silence waits while nothing is done to anybody. Reports about the last moves are written
// within a TTL.
func (r *run) silence(ctx context.Context, a *checks.Acts) error {
	if err := pause(ctx, r.TTL); err != nil {
		return err
	}
	a.QuietFrom = logbook.Now()
	if err := pause(ctx, 2*r.TTL); err != nil {
		return err
	}
	a.QuietTo = logbook.Now()
	return nil
}

// crash kills an owner.
func (r *run) crash(ctx context.Context, a *checks.Acts) error {
	victim := r.members[0]
	a.Crashed, _ = victim.current()
	a.TakeBound = 2*r.TTL + 3*time.Second
	a.Crash = logbook.Now()
	if err := victim.kill(); err != nil {
		return err
	}
	_, err := r.settle(ctx, r.bound(), r.members[1:])
	a.CrashTo = logbook.Now()
	if err != nil {
		return err
	}
	if err := victim.start(); err != nil {
		return err
	}
	_, err = r.settle(ctx, r.bound(), r.members)
	return err
}

// hang lets one callback of a member hang while the member shall give up everything.
func (r *run) hang(ctx context.Context, a *checks.Acts) error {
	m := r.members[len(r.members)-1]
	keys := r.owned(m)
	if r.Case.OneName || len(keys) < 2 {
		return nil // its name is that of all, or it has nothing beside what hangs
	}
	admin, err := partitions.NewAdmin(r.direct, r.order.Group)
	if err != nil {
		return err
	}
	a.Hung, _ = m.current()
	a.HungKey, a.MoveBound = keys[0], r.TTL+5*time.Second
	r.book.Hang(a.HungKey, true)
	a.Hang = logbook.Now()
	err = admin.Drain(ctx, m.order.Name, true)
	if err == nil {
		_ = r.until(ctx, a.MoveBound, func() string { // check L4 says so
			return r.ownsOnly(m, a.HungKey)
		})
		a.HangTo = logbook.Now()
	}
	r.book.Hang(a.HungKey, false)
	if err != nil {
		return err
	}
	if err := r.until(ctx, r.bound(), func() string { return r.ownsOnly(m) }); err != nil {
		return err
	}
	return admin.Drain(ctx, m.order.Name, false)
}

// ownsOnly says what the member owns besides the keys, or what of them is missing.
func (r *run) ownsOnly(m *member, keys ...string) string {
	if owned := r.owned(m); !slices.Equal(owned, keys) {
		return fmt.Sprintf("%s owns %v, want %v", m, owned, keys)
	}
	return ""
}

// settle waits until each partition runs once, in one of the members' processes, evenly,
// and the store says the same.
func (r *run) settle(ctx context.Context, within time.Duration, members []*member) (time.Duration, error) {
	err := r.until(ctx, within, func() string { return r.unsettled(ctx, members) })
	return logbook.Now(), err
}

// until waits until nothing is missing.
func (r *run) until(ctx context.Context, within time.Duration, missing func() string) error {
	for end := logbook.Now() + within; ; {
		lacks := missing()
		if lacks == "" {
			return nil
		}
		if logbook.Now() > end {
			return fmt.Errorf("after %v: %s", within, lacks)
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
}

// unsettled says what is not settled yet.
func (r *run) unsettled(ctx context.Context, members []*member) string {
	sum, least, most := 0, r.Partitions, 0
	for _, m := range members {
		n := len(r.owned(m))
		sum, least, most = sum+n, min(least, n), max(most, n)
	}
	if sum != r.Partitions || most-least > 1 {
		return fmt.Sprintf("%d of %d partitions run, from %d to %d each", sum, r.Partitions, least, most)
	}
	within, cancel := context.WithTimeout(ctx, observeWithin)
	defer cancel()
	state, err := partitions.Owners(within, r.direct, r.order.Group)
	switch {
	case err != nil:
		return err.Error()
	case state.Unowned > 0 || !state.Settled:
		return fmt.Sprintf("the store says: %d partitions without owner, settled: %v", state.Unowned, state.Settled)
	}
	for _, owner := range state.Owners {
		running := r.book.Running(owner.Partition)
		if len(running) != 1 || running[0].Token != uint64(owner.Token) {
			return fmt.Sprintf("partition %s runs as %v, the store says %d", owner.Partition, running, owner.Token)
		}
	}
	return ""
}
