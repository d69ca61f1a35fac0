package rig

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/tools/torture/checks"
	"github.com/tenure-go/tenure/tools/torture/logbook"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
	"github.com/tenure-go/tenure/tools/torture/worker"
)

// prepare plans the run and prints the plan.
func (r *run) prepare() (*Outcome, error) {
	r.TTL = max(r.TTL, r.direct.Capabilities().MinTTL, r.Case.LeastTTL)
	missing := r.store.abilities()
	can := func(k nemesis.Kind) bool { _, no := missing[k]; return !no }
	out := &Outcome{
		Options: r.Options, Began: logbook.Now(), LeftOut: leftOut(r.Case, missing),
		History: &checks.History{TTL: r.TTL, Trust: trust(r.TTL)},
	}
	for i := range r.Partitions {
		out.History.Partitions = append(out.History.Partitions, fmt.Sprint(i))
	}
	out.Plan = nemesis.Plan(nemesis.Options{
		Seed: r.Seed, Length: r.Length, TTL: r.TTL, Workers: r.Workers, Servers: len(r.store.servers), Case: r.Case, Can: can,
	})
	if len(out.Plan) == 0 {
		return nil, fmt.Errorf("no fault of the case %q can be done on %s in %v: %v", r.Case.Name, r.store.name, r.Length, out.LeftOut)
	}
	for _, f := range out.Plan {
		_, _ = fmt.Fprintf(r.Out, "planned: %v\n", f)
	}
	r.freezes = can(nemesis.Freeze)
	r.namespaces = slices.ContainsFunc(out.Plan, func(f nemesis.Fault) bool { return f.Kind == nemesis.Partition })
	r.order = worker.Order{
		Socket: filepath.Join(r.dir, "log"), Address: r.store.address, Group: filepath.Base(r.dir),
		Partitions: r.Partitions, TTL: r.TTL, Broken: r.Case.Broken,
	}
	return out, nil
}

// trust is the rule of docs/guarantees.md with the settings that a worker leaves alone.
func trust(ttl time.Duration) func(time.Duration) time.Duration {
	return func(valid time.Duration) time.Duration {
		return time.Duration(float64(valid)*(1-membership.DefaultClockError)) - ttl/20
	}
}
