package partitions

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/partitions/plan"
)

// ErrNoGroup: the store has no record of the group: nobody ever joined it.
var ErrNoGroup = errors.New("no such group")

// Owner says who owns one partition.
type Owner struct {
	Partition string
	// Session is empty if nobody owns the partition, or if the claim names a
	// session that is gone.
	Session         backends.SessionID
	Member, Address string
	Token           claim.Token
	// Unknown says that the claim cannot be understood.
	Unknown bool
}

// Ownership is a group at one moment, as a process outside sees it.
type Ownership struct {
	// Owners are the partitions in use, in the order of the group's record.
	Owners []Owner
	// Members are the names of the members that take partitions, with the
	// number that each owns: a member that owns nothing is there with 0.
	Members map[string]int
	// Unowned is the number of partitions without owner.
	Unowned int
	// Settled says that every partition is owned by the member that the newest
	// plans want to own it; those with an unknown holder are left out.
	Settled bool
}

// Owners tells who owns what, from any process, without joining. It returns
// ErrNoGroup and the store's errors. The answer can be old by the time it is
// used: the tokens tell.
func Owners(ctx context.Context, b backends.Backend, group string) (Ownership, error) {
	for o, err := range WatchOwners(ctx, b, group) {
		return o, err
	}
	return Ownership{}, context.Cause(ctx)
}

// WatchOwners follows who owns what, from any process, without joining: it
// yields the present state first, then the state after changes, several of
// which may come together. An error of the store is yielded once and ends the
// sequence, as does the end of ctx. It returns ErrNoGroup if nobody ever
// joined.
func WatchOwners(ctx context.Context, b backends.Backend, group string) iter.Seq2[Ownership, error] {
	return func(yield func(Ownership, error) bool) {
		keys, err := layoutOf(group)
		if err != nil {
			yield(Ownership{}, err)
			return
		}
		o := &onlooker{keys: keys, group: group, claims: map[string]claim.Seen{}, members: map[string]plan.MemberRecord{},
			plans: map[string]plan.Plan{}, sessions: map[backends.SessionID]membership.Member{}}
		if err := o.follow(ctx, b, yield); err != nil && ctx.Err() == nil {
			yield(Ownership{}, fmt.Errorf("group %q: %w", group, err))
		}
	}
}

// onlookerSilence is how long an onlooker's watch may be without contact.
const onlookerSilence = 10 * time.Second

// onlooker is what a process outside sees of a group through a watch.
type onlooker struct {
	group    string
	keys     layout
	spec     *plan.Spec
	claims   map[string]claim.Seen
	members  map[string]plan.MemberRecord // by run
	plans    map[string]plan.Plan         // by run
	sessions map[backends.SessionID]membership.Member
}

func (o *onlooker) follow(ctx context.Context, b backends.Backend, yield func(Ownership, error) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events, err := b.Watch(ctx, onlookerSilence, backends.AtKey(o.keys.spec), backends.InDir(o.keys.claims),
		backends.InDir(o.keys.members), backends.InDir(o.keys.plans), backends.AllSessions())
	if err != nil {
		return err
	}
	synced := false
	var settle <-chan time.Time
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return context.Cause(ctx)
			}
			if e.Kind == backends.Failed {
				return e.Err
			}
			o.take(e)
			if e.Kind == backends.Synced {
				synced = true
				if o.spec == nil {
					return ErrNoGroup
				}
				if !yield(o.show(), nil) {
					return nil
				}
			} else if synced && settle == nil {
				settle = time.After(collect) // what comes together is shown together
			}
		case <-settle:
			settle = nil
			if !yield(o.show(), nil) {
				return nil
			}
		}
	}
}

func (o *onlooker) take(e backends.Event) {
	switch e.Kind {
	case backends.Put, backends.Deleted:
		name, err := e.Record.Key.Name()
		if err == nil {
			o.takeRecord(name, e.Record, e.Kind == backends.Deleted)
		}
	case backends.SessionSeen:
		o.sessions[e.Session.ID] = membership.DecodeMember(e.Session)
	case backends.SessionGone:
		delete(o.sessions, e.Session.ID)
	case backends.Synced, backends.Failed:
	}
}

// takeRecord takes a record in. What cannot be understood is treated as absent,
// except for a claim, which then has an unknown holder.
func (o *onlooker) takeRecord(name string, r backends.Record, deleted bool) {
	switch {
	case r.Key == o.keys.spec:
		if spec, err := plan.Decode[plan.Spec](r.Value); err == nil && spec.Check() == nil {
			o.spec = &spec
		}
	case o.keys.claims.Has(r.Key):
		o.claims[name] = claim.See(r)
	case o.keys.members.Has(r.Key):
		delete(o.members, name)
		if record, err := plan.Decode[plan.MemberRecord](r.Value); err == nil && !deleted {
			o.members[name] = record
		}
	case o.keys.plans.Has(r.Key):
		delete(o.plans, name)
		if p, err := plan.Decode[plan.Plan](r.Value); err == nil && !deleted {
			o.plans[name] = p
		}
	}
}

// show makes the present state.
func (o *onlooker) show() Ownership {
	out := Ownership{Members: map[string]int{}, Settled: true}
	wants := map[int]backends.SessionID{}
	for run, m := range o.members {
		id := plan.SessionOf(run)
		if m.State != plan.Active || !o.alive(id) {
			continue
		}
		out.Members[m.Name] += 0
		for i := range o.plans[run].Wanted.All {
			wants[i] = id
		}
		if o.plans[run].Order == (plan.Order{}) {
			out.Settled = false // nobody has planned for this member yet
		}
	}
	for i := range o.spec.Len() {
		if o.spec.Retired.Has(i) {
			continue
		}
		owner := Owner{Partition: o.spec.Name(i)}
		seen := o.claims[owner.Partition]
		owner.Token, owner.Unknown = seen.Token, seen.Garbage
		if seen.Session != "" && o.alive(seen.Session) {
			// The session knows its member better than the claim, which another
			// member may have written.
			m := o.sessions[seen.Session]
			owner.Session, owner.Member, owner.Address = seen.Session, m.Name, m.Address
			out.Members[m.Name]++
		} else {
			out.Unowned++
		}
		if !owner.Unknown && (owner.Session == "" || wants[i] != owner.Session) {
			out.Settled = false
		}
		out.Owners = append(out.Owners, owner)
	}
	return out
}

func (o *onlooker) alive(id backends.SessionID) bool {
	m, ok := o.sessions[id]
	return ok && !m.Expired
}

// WaitSettled waits until every partition of the group is owned by the member
// that should own it, from any process. It returns the cause of ctx, and the
// errors of WatchOwners.
func WaitSettled(ctx context.Context, b backends.Backend, group string) (Ownership, error) {
	for o, err := range WatchOwners(ctx, b, group) {
		if err != nil || o.Settled {
			return o, err
		}
	}
	return Ownership{}, context.Cause(ctx)
}
