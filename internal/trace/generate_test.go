package trace_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/trace"
)

func generate(t *testing.T, s trace.Spec) *trace.Trace {
	t.Helper()
	tr, err := trace.Generate(s)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// count counts the events of each kind.
func count(tr *trace.Trace) map[trace.Kind]int {
	counts := map[trace.Kind]int{}
	for _, e := range tr.Events {
		counts[e.Kind]++
	}
	return counts
}

func TestGenerate_EqualSpecsGiveEqualText(t *testing.T) {
	t.Parallel()
	kinds, about := trace.Kinds()
	if len(kinds) != 5 || len(about) != len(kinds) {
		t.Fatalf("kinds %q, about %q", kinds, about)
	}
	for _, kind := range kinds {
		spec := trace.Spec{Kind: kind, Partitions: 60, Members: 9, Seed: 7}
		text := write(t, generate(t, spec))
		if again := write(t, generate(t, spec)); again != text {
			t.Errorf("%s: two texts from one spec", kind)
		}
		if read := parse(t, text); !reflect.DeepEqual(read, generate(t, spec)) {
			t.Errorf("%s: the text is read as another trace", kind)
		}
		spec.Seed++
		if other := write(t, generate(t, spec)); other == text && kind != "deploy" {
			t.Errorf("%s: the seed changes nothing", kind)
		}
	}
}

func TestGenerate_Deploy(t *testing.T) {
	t.Parallel()
	tr := generate(t, trace.Spec{Kind: "deploy", Partitions: 10, Members: 5})
	if got, want := count(tr), map[trace.Kind]int{trace.Join: 10, trace.Leave: 5}; !reflect.DeepEqual(got, want) {
		t.Fatalf("events %v, want %v", got, want)
	}
	for i := 5; i < len(tr.Events); i += 2 {
		if in, out := tr.Events[i], tr.Events[i+1]; in.Kind != trace.Join || out.Kind != trace.Leave || in.At != out.At {
			t.Errorf("%v and %v, want one to join as one leaves", &in, &out)
		}
	}
}

func TestGenerate_AutoscaleFollowsTheDay(t *testing.T) {
	t.Parallel()
	tr := generate(t, trace.Spec{Kind: "autoscale", Partitions: 10, Members: 40})
	size, least, most := 0, 1000, 0
	var lowest, highest time.Duration
	for i, e := range tr.Events {
		if e.Kind == trace.Join {
			size++
		} else {
			size--
		}
		if i+1 < len(tr.Events) && tr.Events[i+1].At == e.At {
			continue
		}
		if size < least {
			least, lowest = size, e.At
		}
		if size > most {
			most, highest = size, e.At
		}
	}
	night := lowest < 3*time.Hour || lowest > 21*time.Hour
	if least < 10 || least > 25 || most < 55 || most > 70 || !night || (highest-12*time.Hour).Abs() > 3*time.Hour {
		t.Errorf("from %d members at %v to %d at %v; want about 20 at night and 60 at noon", least, lowest, most, highest)
	}
}

func TestGenerate_OutageTakesOneZone(t *testing.T) {
	t.Parallel()
	tr := generate(t, trace.Spec{Kind: "outage", Partitions: 10, Members: 30, Seed: 3})
	if got, want := count(tr), map[trace.Kind]int{trace.Join: 30, trace.Crash: 10, trace.Return: 10}; !reflect.DeepEqual(got, want) {
		t.Fatalf("events %v, want %v", got, want)
	}
	zone, hit, when := map[string]int32{}, map[int32]bool{}, map[time.Duration]bool{}
	for _, e := range tr.Events {
		switch e.Kind {
		case trace.Join:
			zone[e.Member] = e.Zone
		case trace.Crash:
			hit[zone[e.Member]], when[e.At] = true, true
		}
	}
	if len(hit) != 1 || len(when) != 1 {
		t.Errorf("zones %v crash at %v; want one at once", hit, when)
	}
}

func TestGenerate_HotGrowsAndCools(t *testing.T) {
	t.Parallel()
	const partitions, members = 300, 10
	tr := generate(t, trace.Spec{Kind: "hot", Partitions: partitions, Members: members, Seed: 1})
	if got := count(tr); got[trace.Join] != members || got[trace.Weight] != partitions+6*16 {
		t.Fatalf("events %v", got)
	}
	first, now, peaks := map[int32]int64{}, map[int32]int64{}, 0
	total, hot := int64(0), int64(0)
	for _, e := range tr.Events[members:] {
		if e.At == 0 {
			first[e.Range.First] = e.Weight
			total += e.Weight
		} else if e.Weight > total/members/3 && now[e.Range.First] <= total/members/3 {
			peaks++
		}
		now[e.Range.First] = e.Weight
		hot = max(hot, e.Weight)
	}
	if mean := total / members; hot < mean/3 || hot > mean || peaks < 5 {
		t.Errorf("the hottest partition is %d of a mean of %d, %d peaks", hot, mean, peaks)
	}
	if !reflect.DeepEqual(first, now) {
		t.Error("not everything has cooled down at the end")
	}
}

func TestGenerate_MixedHasEverything(t *testing.T) {
	t.Parallel()
	got := count(generate(t, trace.Spec{Kind: "mixed", Partitions: 50, Members: 12}))
	for kind := trace.Join; kind <= trace.Weight; kind++ {
		if got[kind] == 0 {
			t.Errorf("no %v among %v", kind, got)
		}
	}
}

func TestGenerate_AtTheLimits(t *testing.T) {
	t.Parallel()
	kinds, _ := trace.Kinds()
	for _, kind := range kinds {
		generate(t, trace.Spec{Kind: kind, Partitions: 1, Members: 2})
	}
	if !testing.Short() {
		generate(t, trace.Spec{Kind: "autoscale", Partitions: trace.MaxPartitions, Members: trace.MaxGenerated})
		generate(t, trace.Spec{Kind: "mixed", Partitions: trace.MaxPartitions, Members: trace.MaxGenerated})
	}
	for want, spec := range map[string]trace.Spec{
		`unknown kind of trace "odd"; give one of deploy, autoscale, outage, hot, mixed`: {Kind: "odd", Partitions: 1, Members: 2},
		"0 partitions; give 1 to 1000000":                                                {Kind: "hot", Members: 2},
		"1 members; give 2 to 10000":                                                     {Kind: "hot", Partitions: 1, Members: 1},
		"10001 members; give 2 to 10000":                                                 {Kind: "hot", Partitions: 1, Members: 10001},
	} {
		if _, err := trace.Generate(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
