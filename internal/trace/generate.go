package trace

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Spec says which trace to make.
type Spec struct {
	Kind       string // one of Kinds
	Partitions int    // 1 to MaxPartitions
	Members    int    // at the start, 2 to MaxGenerated
	Seed       uint64
}

// MaxGenerated is the largest Spec.Members: all kinds stay inside the limits of a trace.
const MaxGenerated = 10_000

// generators are the kinds of Generate, with what each does.
var generators = []struct {
	kind, about string
	make        func(*maker)
}{
	{"deploy", "a rolling restart of the whole fleet, under new names: one joins as one leaves", deploy},
	{"autoscale", "a day of joins and leaves along a curve, from half to one and a half of the members", autoscale},
	{"outage", "one of three zones crashes and comes back", outage},
	{"hot", "uneven loads; a partition grows hot and cools down, then another", hot},
	{"mixed", "a working day: uneven loads, scaling, a hot partition, a crash, a restart, a deployment", mixed},
}

// Kinds returns the kinds of traces that Generate makes, each with a sentence about it.
func Kinds() (names, about []string) {
	for _, g := range generators {
		names, about = append(names, g.kind), append(about, g.about)
	}
	return names, about
}

// Generate makes a trace. Equal specs give equal traces. Errors name what is allowed.
func Generate(s Spec) (*Trace, error) {
	if s.Partitions < 1 || s.Partitions > MaxPartitions {
		return nil, fmt.Errorf("%d partitions; give 1 to %d", s.Partitions, MaxPartitions)
	}
	if s.Members < 2 || s.Members > MaxGenerated {
		return nil, fmt.Errorf("%d members; give 2 to %d", s.Members, MaxGenerated)
	}
	for _, g := range generators {
		if g.kind == s.Kind {
			m := &maker{Spec: s, random: rand.New(rand.NewPCG(s.Seed, uint64(len(g.kind))))}
			g.make(m)
			return m.finish()
		}
	}
	names, _ := Kinds()
	return nil, fmt.Errorf("unknown kind of trace %q; give one of %s", s.Kind, strings.Join(names, ", "))
}

// maker puts a trace together. Its now is where the story is; events may be added at
// any time.
type maker struct {
	Spec
	random *rand.Rand
	now    time.Duration
	end    time.Duration
	named  int      // members that have joined
	fleet  []string // members that are there and stay
	loads  []int64  // of the partitions, if they differ
	events []Event
}

const (
	zones    = 3
	handover = 10 * time.Second // from the notice that a member leaves until it is gone
	usual    = 1000             // the median of loads
	largest  = 10 * usual       // at the start: a heavier one could be more than the share of a member
)

func (m *maker) finish() (*Trace, error) {
	slices.SortStableFunc(m.events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	t := &Trace{Partitions: m.Partitions, TTL: DefaultTTL, End: m.end, Events: m.events}
	return t, t.Validate()
}

func (m *maker) add(e Event) { m.events = append(m.events, e) }

// join lets members come, in turn to each zone.
func (m *maker) join(count int) {
	for range count {
		name := fmt.Sprintf("m%d", m.named)
		m.add(Event{At: m.now, Kind: Join, Member: name, Zone: int32(m.named % zones), Capacity: 1})
		m.named++
		m.fleet = append(m.fleet, name)
	}
}

// leave lets one member of the fleet go.
func (m *maker) leave(index int) {
	m.add(Event{At: m.now, Kind: Leave, Member: m.fleet[index], For: handover})
	m.fleet = slices.Delete(m.fleet, index, index+1)
}

// replace lets every member of the fleet go, one at a time, each as another comes.
func (m *maker) replace(pause time.Duration) {
	for range m.fleet {
		m.join(1)
		m.leave(0)
		m.now += pause
	}
}

// scale lets members come, or members picked at random go.
func (m *maker) scale(target int) {
	m.join(max(0, target-len(m.fleet)))
	for len(m.fleet) > target {
		m.leave(m.random.IntN(len(m.fleet)))
	}
}

// weigh gives the partitions lognormal loads, cut off at the largest.
func (m *maker) weigh() {
	m.loads = make([]int64, m.Partitions)
	for p := range m.loads {
		m.setLoad(p, int64(min(largest, math.Round(usual*math.Exp(m.random.NormFloat64())))), m.now)
	}
}

func (m *maker) setLoad(partition int, load int64, at time.Duration) {
	load = min(load, MaxWeight)
	m.loads[partition] = load
	m.add(Event{At: at, Kind: Weight, Range: Range{int32(partition), int32(partition)}, Weight: load})
}

const heatSteps = 8

// heat lets one partition grow to about half the mean load of a member, in equal
// factors, stay for a while and cool down again. It lasts about half an hour.
func (m *maker) heat() {
	total := int64(0)
	for _, load := range m.loads {
		total += load
	}
	partition := m.random.IntN(m.Partitions)
	cool := max(1, m.loads[partition])
	peak := max(float64(cool), float64(total)/float64(len(m.fleet))*(0.4+0.3*m.random.Float64()))
	at := m.now
	for step := 1; step <= heatSteps; step++ {
		at += time.Minute
		m.setLoad(partition, int64(float64(cool)*math.Pow(peak/float64(cool), float64(step)/heatSteps)), at)
	}
	at += 10 * time.Minute
	for step := heatSteps - 1; step >= 0; step-- {
		at += time.Minute
		m.setLoad(partition, int64(float64(cool)*math.Pow(peak/float64(cool), float64(step)/heatSteps)), at)
	}
}
