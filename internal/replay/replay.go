package replay

import (
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/internal/rivals"
	"github.com/tenure-go/tenure/internal/trace"
)

// run is one planner on its way through a trace.
type run struct {
	planner Planner
	fleet   *fleet
	owner   []int32 // by partition: an index of fleet.members, or rivals.NoOwner
	now     time.Duration
	tick    time.Duration // of the next round
	settled bool          // no round is needed

	result        Result
	ratio, spread lasting
	shares        *shares // of now
	unowned       bool    // now
}

// Play plays a valid trace through one planner. It calls progress, which may be nil, with the
// time that it has reached. An error says that the planner made no sense, or wraps that of
// the context.
func Play(ctx context.Context, t *trace.Trace, planner Planner, progress func(at time.Duration)) (*Result, error) {
	r := &run{planner: planner, fleet: newFleet(t), owner: make([]int32, t.Partitions), settled: true, result: Result{Name: planner.Name}}
	for p := range r.owner {
		r.owner[p] = rivals.NoOwner
	}
	r.look()
	for {
		at, more := r.fleet.when()
		if !more {
			at = t.End
		}
		if err := r.rounds(ctx, at); err != nil {
			return nil, err
		}
		r.wait(at)
		if !more {
			break
		}
		if err := r.change(at); err != nil {
			return nil, err
		}
		if progress != nil {
			progress(at)
		}
	}
	r.result.Ratio, r.result.Spread = r.ratio.distribution(), r.spread.distribution()
	return &r.result, nil
}

// rounds plans in every round up to a time, until nothing changes any more.
func (r *run) rounds(ctx context.Context, until time.Duration) error {
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s, at %v of the trace: %w", r.planner.Name, r.now, context.Cause(ctx))
		}
		if r.settled || r.tick > until {
			return nil
		}
		r.wait(r.tick)
		changed, err := r.plan()
		if err != nil {
			return err
		}
		r.settled = !changed
		r.tick += r.planner.Round
	}
}

// change lets happen what is due, and plans for it or begins to work in rounds.
func (r *run) change(at time.Duration) error {
	known := r.fleet.advance(at)
	for p, i := range r.owner {
		if i != rivals.NoOwner && r.fleet.members[i].state == gone {
			r.owner[p] = rivals.NoOwner
		}
	}
	r.look()
	if !known {
		return nil
	}
	r.result.Minimum += r.shares.minimum()
	if r.shares.weighted {
		r.result.MinimumLoad += r.shares.loadMinimum()
	}
	if r.planner.Round > 0 {
		r.settled, r.tick = false, (at/r.planner.Round+1)*r.planner.Round
		return nil
	}
	_, err := r.plan()
	return err
}

// plan makes one plan and follows it.
func (r *run) plan() (changed bool, err error) {
	view := r.fleet.view(r.owner)
	begun := time.Now()
	answer, err := r.planner.Plan(view)
	took := time.Since(begun)
	if err == nil {
		err = r.planner.check(view, answer)
	}
	if err != nil {
		return false, fmt.Errorf("at %v of the trace: %w", r.now, err)
	}
	r.result.Plans++
	r.result.Planning += took
	r.result.Longest = max(r.result.Longest, took)
	before, moved := r.shares, r.result.Moves
	changed = r.follow(view, answer.Owner)
	r.look()
	if r.planner.Bound {
		for _, what := range r.judge(before, int64(answer.LowerBound), r.result.Moves-moved) {
			r.result.Breaches = append(r.result.Breaches, Breach{r.now, what})
		}
	}
	return changed, nil
}

// follow gives the partitions to their new owners. What a plan takes from a member that is
// still there and gives to nobody stays with it: that is how rivals speak of members that
// are leaving.
func (r *run) follow(v View, owner []int32) (changed bool) {
	for p, to := range owner {
		from := v.Owner[p]
		if to == from {
			continue
		}
		if to == rivals.NoOwner {
			if v.Members[from].Leaving {
				continue
			}
			r.owner[p] = rivals.NoOwner
			changed = true
			continue
		}
		if from == rivals.NoOwner || v.Members[from].Away {
			r.result.Placed++
		} else {
			r.result.Moves++
			r.result.MovedLoad += r.fleet.load(p)
		}
		r.owner[p] = r.fleet.present[to]
		changed = true
	}
	return changed
}

// look measures the present state.
func (r *run) look() {
	r.shares = r.fleet.shares(r.owner, r.planner.Waits)
	r.unowned = false
	for _, i := range r.owner {
		if i == rivals.NoOwner || !r.fleet.members[i].alive() {
			r.unowned = true
			break
		}
	}
	s := Sample{At: r.now, Moves: r.result.Moves, Load: r.result.MovedLoad}
	if len(r.shares.list) > 0 {
		s.Ratio = r.shares.ratio()
	}
	if last := len(r.result.Samples) - 1; last >= 0 && r.result.Samples[last].At == r.now {
		r.result.Samples[last] = s
		return
	}
	r.result.Samples = append(r.result.Samples, s)
}

// wait lets time go by, in which nothing changes.
func (r *run) wait(until time.Duration) {
	lasts := until - r.now
	r.now = until
	if r.unowned {
		r.result.Unowned += lasts
	}
	if len(r.shares.list) == 0 {
		return
	}
	if !r.shares.even() {
		r.result.Uneven += lasts
	}
	r.ratio.add(r.shares.ratio(), lasts)
	r.spread.add(r.shares.spread(), lasts)
}
