package replay

import (
	"slices"
	"time"

	"github.com/tenure-go/tenure/internal/rivals"
	"github.com/tenure-go/tenure/internal/trace"
)

// state is where a member is.
type state uint8

const (
	up      state = iota
	leaving       // still there, until what it owns is handed over
	down          // crashed, which nobody knows yet
	away          // gone, and expected back
	gone          // for good: who returns later is somebody new
)

// member is one stay of one member.
type member struct {
	name     string
	zone     int32
	capacity int
	state    state
	since    time.Duration // in its state
}

// alive: it works on what it owns.
func (m *member) alive() bool { return m.state == up || m.state == leaving }

// counted: planners give it a share.
func (m *member) counted() bool { return m.state == up || m.state == down }

// fleet is who is there as time goes by.
type fleet struct {
	trace   *trace.Trace
	next    int      // of the events of the trace
	endings []ending // to come, by time
	members []member // all that ever were
	present []int32  // those that are not gone, in the order in which they joined
	current map[string]int32
	weights []int64 // nil if the trace sets none
	zones   []int32 // nil if the trace has none
}

// ending is when a member is gone, if it has been in that state since then.
type ending struct {
	at     time.Duration
	member int32
	state  state
	since  time.Duration
}

func newFleet(t *trace.Trace) *fleet {
	f := &fleet{trace: t, current: map[string]int32{}}
	if t.Weighted() {
		f.weights = slices.Repeat([]int64{1}, t.Partitions)
	}
	if len(t.Zones) > 0 {
		f.zones = slices.Repeat([]int32{-1}, t.Partitions)
		for _, z := range t.Zones {
			for p := z.First; p <= z.Last; p++ {
				f.zones[p] = z.Zone
			}
		}
	}
	return f
}

// when returns the time of the next change, or false after the last one.
func (f *fleet) when() (at time.Duration, ok bool) {
	if len(f.endings) > 0 {
		at, ok = f.endings[0].at, true
	}
	if f.next < len(f.trace.Events) && (!ok || f.trace.Events[f.next].At < at) {
		at, ok = f.trace.Events[f.next].At, true
	}
	return at, ok && at <= f.trace.End
}

// advance lets everything happen that is due at that time, and reports whether planners
// can know. Members that are gone at once after a notice make one more change at the same
// time.
func (f *fleet) advance(at time.Duration) (known bool) {
	for len(f.endings) > 0 && f.endings[0].at == at {
		e := f.endings[0]
		f.endings = f.endings[1:]
		if m := &f.members[e.member]; m.state == e.state && m.since == e.since {
			m.state, m.since, known = gone, at, true
			f.present = slices.DeleteFunc(f.present, func(i int32) bool { return i == e.member })
		}
	}
	for ; f.next < len(f.trace.Events) && f.trace.Events[f.next].At == at; f.next++ {
		e := &f.trace.Events[f.next]
		f.happen(e)
		known = known || e.Kind != trace.Crash
	}
	return known
}

func (f *fleet) happen(e *trace.Event) {
	switch e.Kind {
	case trace.Join:
		f.add(member{name: e.Member, zone: e.Zone, capacity: e.Capacity, since: e.At})
	case trace.Leave:
		f.end(e, leaving, e.For)
	case trace.Crash:
		f.end(e, down, f.trace.TTL)
	case trace.Away:
		f.end(e, away, e.For)
	case trace.Return:
		m := &f.members[f.current[e.Member]]
		if m.state == gone {
			f.add(member{name: m.name, zone: m.zone, capacity: m.capacity, since: e.At})
		} else {
			m.state, m.since = up, e.At
		}
	case trace.Weight:
		for p := e.Range.First; p <= e.Range.Last; p++ {
			f.weights[p] = e.Weight
		}
	}
}

func (f *fleet) add(m member) {
	f.current[m.name] = int32(len(f.members))
	f.present = append(f.present, int32(len(f.members)))
	f.members = append(f.members, m)
}

// end begins the end of a member.
func (f *fleet) end(e *trace.Event, s state, after time.Duration) {
	i := f.current[e.Member]
	f.members[i].state, f.members[i].since = s, e.At
	at := e.At + after
	place := len(f.endings)
	for place > 0 && f.endings[place-1].at > at {
		place--
	}
	f.endings = slices.Insert(f.endings, place, ending{at, i, s, e.At})
}

// load is the load of a partition.
func (f *fleet) load(partition int) int64 {
	if f.weights == nil {
		return 1
	}
	return f.weights[partition]
}

// view shows the fleet to a planner. The owners are indexes of f.members; those in the
// view are indexes of f.present.
func (f *fleet) view(owner []int32) View {
	v := View{Group: rivals.Group{Owner: make([]int32, len(owner)), Weights: f.weights}, Zones: f.zones}
	index := make([]int32, len(f.members))
	for i, m := range f.present {
		index[m] = int32(i)
		one := &f.members[m]
		v.Members = append(v.Members, rivals.Member{Name: one.name, Leaving: one.state == leaving, Away: one.state == away, Zone: one.zone})
		v.Capacity = append(v.Capacity, one.capacity)
	}
	for p, m := range owner {
		if v.Owner[p] = rivals.NoOwner; m != rivals.NoOwner {
			v.Owner[p] = index[m]
		}
	}
	return v
}
