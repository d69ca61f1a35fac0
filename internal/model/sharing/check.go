package sharing

import (
	"fmt"
	"slices"
	"time"

	"github.com/tenure-go/tenure/internal/model"
)

// orphan is what can break.
const orphan = "orphan"

// patience is how many rounds without faults a group has to come to rest.
const patience = 12

// Variant is one exploration.
type Variant struct {
	Name  string
	Rules Rules
	// Mutant says that the rules are broken on purpose and have to be caught.
	Mutant bool
	// AtLeast is how many states are known: fewer mean that the model has lost
	// something that the world can do.
	AtLeast int
}

// Check explores a variant until a partition stays without an owner, or until
// every state was seen.
func Check(v Variant) model.Verdict {
	began := time.Now()
	verdict := model.Verdict{Variant: v.Name}
	x := &explorer{rules: v.Rules, planner: planner{}}
	parent := map[State]State{}
	frontier := []State{initial()}
	parent[frontier[0]] = frontier[0]
	for ; len(frontier) > 0 && verdict.Broken == ""; verdict.Depth++ {
		var following []State
		for _, s := range frontier {
			if how := x.orphan(s); how != "" {
				verdict.Broken, verdict.Trace = orphan+": "+how, x.trace(parent, s)
				break
			}
			x.next(s, func(_ func() string, next State) {
				if _, known := parent[next]; !known {
					parent[next] = s
					following = append(following, next)
				}
			})
		}
		frontier = following
	}
	verdict.States, verdict.Full, verdict.Took = len(parent), verdict.Broken == "", time.Since(began)
	return verdict
}

// trace goes the way to a state again.
func (x *explorer) trace(parent map[State]State, s State) (lines []string) {
	var way []State
	for ; parent[s] != s; s = parent[s] {
		way = append(way, s)
	}
	slices.Reverse(way)
	at := initial()
	for _, to := range way {
		said := ""
		x.next(at, func(line func() string, next State) {
			if next == to && said == "" {
				said = line()
			}
		})
		lines, at = append(lines, said), to
	}
	return lines
}

// orphan lets the faults end and says which partition stays without an owner, or
// nothing. The way there is one fair one: what is under way lands, reservations
// run out, and then in each round there is a coordinator, it plans, plans land,
// and members follow them.
func (x *explorer) orphan(s State) string {
	for i := range s.writes {
		if s.writes[i].there {
			s.land(i)
		}
	}
	if !x.rules.ForeverReserved {
		s.reserved = [nodes]set{}
	}
	for range patience {
		before := s
		x.round(&s)
		if s == before {
			return s.unowned()
		}
	}
	return fmt.Sprintf("no faults any more, and plans go on changing: %+v", s)
}

func (x *explorer) round(s *State) {
	for n := range nodes {
		x.elect(s, n)
	}
	if s.alive(s.leader) {
		for n, next := range x.plan(s) {
			if x.send(s, n, next) {
				s.land(slices.IndexFunc(s.writes[:], func(w write) bool { return w.there }))
			}
		}
	}
	for n := range nodes {
		x.read(s, n)
		for k := range keys {
			x.act(s, n, k)
		}
		s.leave(n)
	}
}

// unowned says which partition nobody runs although somebody could.
func (s *State) unowned() string {
	stays := slices.ContainsFunc(s.members[:], func(m member) bool { return m.stage == active })
	for k, c := range s.claims {
		owned := s.alive(c.holder) && s.members[c.holder.node()].runs.has(k) && s.members[c.holder.node()].stage == active
		if stays && !owned {
			return fmt.Sprintf("no faults any more, and nobody comes to run %d, which is claimed by %v", k, c.holder)
		}
	}
	return ""
}
