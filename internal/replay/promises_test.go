package replay

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/internal/rivals"
	"github.com/tenure-go/tenure/internal/trace"
)

// broken is our planner with something changed in its answers.
func broken(change func(View, *Answer)) Planner {
	p := Tenure()
	plan := p.Plan
	p.Plan = func(v View) (Answer, error) {
		a, err := plan(v)
		change(v, &a)
		return a, err
	}
	return p
}

// Each promise is broken once, by a planner under our name.
func TestPlay_FindsEachBrokenPromise(t *testing.T) {
	t.Parallel()
	const plain = "partitions 6\n0s join a\n0s join b\n1m join c\n2m leave c after=1m\n"
	const heavy = "partitions 4\n0s weight 0-3 100\n0s join a\n1m join b\n2m weight 0 190\n2m weight 1 10\n"
	for _, test := range []struct {
		want, trace string
		at          time.Duration
		change      func(View, *Answer)
	}{
		{"1 partitions have no owner, though 2 members could take them", plain, 0,
			func(v View, a *Answer) { a.Owner[3] = rivals.NoOwner }},
		{"2 partitions stay with members that are leaving", plain, 2 * time.Minute,
			func(v View, a *Answer) {
				if len(v.Members) == 3 && v.Members[2].Leaving {
					a.Owner = v.Owner
				}
			}},
		{"more than one partition away from its share", plain, time.Minute,
			func(v View, a *Answer) { copy(a.Owner, heir(v.Group)) }},
		{"8 moves, 5 are enough", "partitions 8\n0s join a\n1m join b\n1m join c\n", time.Minute,
			func(v View, a *Answer) {
				for p := range a.Owner {
					a.Owner[p] = (max(0, v.Owner[p]) + 1) % int32(len(v.Members))
				}
			}},
		{"the certificate says that 3 moves are the least, the formula says 2", plain, time.Minute,
			func(v View, a *Answer) {
				if a.LowerBound > 0 {
					a.LowerBound++
				}
			}},
		{"a member is outside its band, though the heaviest partition first", heavy, time.Minute,
			func(v View, a *Answer) { copy(a.Owner, heir(v.Group)) }},
	} {
		result := play(t, parse(t, test.trace), broken(test.change))
		found := false
		for _, b := range result.Breaches {
			found = found || b.At == test.at && strings.Contains(b.What, test.want)
		}
		if !found {
			t.Errorf("breaches %v, want one at %v with %q", result.Breaches, test.at, test.want)
		}
		if honest := play(t, parse(t, test.trace), Tenure()); len(honest.Breaches) > 0 {
			t.Errorf("ours breaks %v", honest.Breaches)
		}
	}
}

// A giant partition keeps its owner outside any band: that breaks no promise.
func TestPlay_AsksForNothingImpossible(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"partitions 4\n0s weight 0 1000\n0s join a\n1m join b\n",
		"partitions 3\n0s weight 0-2 1\n0s join a\n1m join b\n",
		"partitions 3\n0s crash-free join a",
		"partitions 3\n0s join a\n1m leave a after=1m\n5m join b\n6m away b for=1m",
	} {
		text = strings.ReplaceAll(text, "crash-free ", "")
		if got := play(t, parse(t, text), Tenure()); len(got.Breaches) > 0 {
			t.Errorf("%q: %v", text, got.Breaches)
		}
	}
}

// Whatever happens to a group, ours keeps its promises.
func TestPlay_OursKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tr := randomTrace(t)
		if err := tr.Validate(); err != nil {
			t.Fatal(err)
		}
		got, err := Play(t.Context(), tr, Tenure(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Breaches) > 0 {
			var text strings.Builder
			_ = tr.Write(&text)
			t.Fatalf("%v in\n%s", got.Breaches, &text)
		}
	})
}

func randomTrace(t *rapid.T) *trace.Trace {
	tr := &trace.Trace{Partitions: rapid.IntRange(1, 60).Draw(t, "partitions"), TTL: 10 * time.Second}
	if rapid.Bool().Draw(t, "zoned") {
		tr.Zones = []trace.ZoneRange{{Range: trace.Range{Last: int32(tr.Partitions / 2)}, Zone: 1}}
	}
	weighted := rapid.Bool().Draw(t, "weighted")
	if weighted { // enough partitions for each member, none of them a large part of its load
		tr.Partitions = rapid.IntRange(200, 400).Draw(t, "partitions")
		for p := range tr.Partitions {
			tr.Events = append(tr.Events, weight(t, p))
		}
	}
	there, away := []string{}, []string{}
	take := func(from *[]string) string {
		i := rapid.IntRange(0, len(*from)-1).Draw(t, "member")
		name := (*from)[i]
		*from = append((*from)[:i:i], (*from)[i+1:]...)
		return name
	}
	for i := range rapid.IntRange(1, 25).Draw(t, "events") {
		e := trace.Event{At: tr.End, Kind: trace.Kind(rapid.IntRange(0, 5).Draw(t, "kind"))}
		switch {
		case e.Kind == trace.Weight && weighted:
			e = weight(t, rapid.IntRange(0, tr.Partitions-1).Draw(t, "partition"))
			e.At = tr.End
		case e.Kind == trace.Return && len(away) > 0:
			e.Member = take(&away)
			there = append(there, e.Member)
		case (e.Kind == trace.Leave || e.Kind == trace.Crash || e.Kind == trace.Away) && len(there) > 0:
			e.Member = take(&there)
			if e.Kind == trace.Crash {
				away = append(away, e.Member)
			} else if e.For = 7 * time.Second; e.Kind == trace.Away {
				away = append(away, e.Member)
			}
		default:
			e = trace.Event{At: tr.End, Kind: trace.Join, Member: fmt.Sprintf("m%d", i), Zone: int32(i % 2), Capacity: rapid.IntRange(1, 3).Draw(t, "capacity")}
			there = append(there, e.Member)
		}
		tr.Events = append(tr.Events, e)
		tr.End += time.Duration(rapid.IntRange(0, 8).Draw(t, "pause")) * time.Second
	}
	tr.End += time.Minute
	return tr
}

func weight(t *rapid.T, partition int) trace.Event {
	r := trace.Range{First: int32(partition), Last: int32(partition)}
	return trace.Event{Kind: trace.Weight, Range: r, Weight: rapid.Int64Range(500, 1500).Draw(t, "weight")}
}
