package nemesis

import (
	"math/rand/v2"
	"time"
)

// Options says what to plan.
type Options struct {
	Seed    uint64
	Length  time.Duration
	TTL     time.Duration
	Workers int
	Servers int // 0 for a store without any
	Case    Case
	// Can says which kinds can be done here.
	Can func(Kind) bool
}

// mostAtOnce is how many faults there are at one time.
const mostAtOnce = 3

// Plan returns the faults of a run in the order of their beginnings: the same for the same
// options. All are over at Length. A worker or its path is hit by one fault of each sort
// at a time, and one server at a time.
func Plan(o Options) []Fault {
	p := planner{o: o, random: rand.New(rand.NewPCG(o.Seed, 1)), busy: map[place]time.Duration{}}
	for _, k := range o.Case.Kinds {
		if o.Can(k.Kind) {
			p.kinds = append(p.kinds, k)
			p.weights += k.weight()
		}
	}
	if p.weights == 0 {
		return nil
	}
	var faults []Fault
	for at := o.TTL / 2; ; at += p.between(o.Case.gap(), o.TTL) {
		f, ok := p.next(at)
		if f.At+f.For > o.Length {
			return faults
		}
		if ok {
			faults = append(faults, f)
		}
	}
}

// place is what a fault occupies.
type place struct {
	on     On
	target int
}

type planner struct {
	o       Options
	random  *rand.Rand
	kinds   []Choice
	weights int
	busy    map[place]time.Duration // until when
}

// next draws a fault that begins at the time; false if its place is taken.
func (p *planner) next(at time.Duration) (Fault, bool) {
	k := p.kind()
	f := Fault{Kind: k.Kind, At: at, For: p.between(k.Length, p.o.TTL)}
	switch f.Kind.On() {
	case OnWorker, OnPath:
		f.Target = 1 + p.random.IntN(p.o.Workers)
	case OnServer:
		f.Target = p.random.IntN(max(1, p.o.Servers))
	}
	if f.Kind == Delay {
		f.Late = p.between(Range{0.1, 0.9}, p.o.TTL)
	}
	now := 0
	for _, until := range p.busy {
		if until > at {
			now++
		}
	}
	if now >= mostAtOnce {
		return f, false
	}
	for _, where := range f.places() {
		if p.busy[where] > at {
			return f, false
		}
	}
	// Faults of one place keep apart by a third of a TTL, so that the first is over.
	for _, where := range f.places() {
		p.busy[where] = at + f.For + p.o.TTL/3
	}
	return f, true
}

// places returns what the fault occupies.
func (f Fault) places() []place {
	switch {
	case f.Kind == Deafen: // it hits the path, too
		return []place{{OnWorker, f.Target}, {OnPath, f.Target}}
	case f.Kind.On() == OnServer:
		return []place{{OnServer, 0}}
	}
	return []place{{f.Kind.On(), f.Target}}
}

func (p *planner) kind() Choice {
	n := p.random.IntN(p.weights)
	for _, k := range p.kinds {
		if n -= k.weight(); n < 0 {
			return k
		}
	}
	return p.kinds[0] // unreachable: n is below the sum
}

// between draws a time in a range of TTLs.
func (p *planner) between(r Range, ttl time.Duration) time.Duration {
	return time.Duration((r.Least + p.random.Float64()*(r.Most-r.Least)) * float64(ttl))
}
