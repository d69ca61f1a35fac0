package nemesis

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

func everything(Kind) bool { return true }

func options(seed uint64, c Case) Options {
	return Options{Seed: seed, Length: 5 * time.Minute, TTL: 3 * time.Second, Workers: 3, Servers: 3, Case: c, Can: everything}
}

func TestPlan_IsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	mix, _ := Find(Mix)
	a, b, other := Plan(options(1, mix)), Plan(options(1, mix)), Plan(options(2, mix))
	if !reflect.DeepEqual(a, b) {
		t.Error("two plans of one seed differ")
	}
	if reflect.DeepEqual(a, other) {
		t.Error("the plans of two seeds are the same")
	}
}

func TestPlan_KeepsFaultsOfOnePlaceApart(t *testing.T) {
	t.Parallel()
	mix, _ := Find(Mix)
	seen := map[Kind]bool{}
	for seed := range uint64(50) {
		o := options(seed, mix)
		faults := Plan(o)
		if !slices.IsSortedFunc(faults, func(a, b Fault) int { return int(a.At - b.At) }) {
			t.Fatalf("seed %d: the faults are not in order", seed)
		}
		for i, f := range faults {
			seen[f.Kind] = true
			if f.At < 0 || f.At+f.For > o.Length || f.For > 3*o.TTL {
				t.Fatalf("seed %d: %v is out of bounds", seed, f)
			}
			atOnce := 1
			for _, g := range faults[:i] {
				if g.At+g.For <= f.At {
					continue
				}
				atOnce++
				for _, p := range f.places() {
					if slices.Contains(g.places(), p) {
						t.Fatalf("seed %d: %v and %v hit one place", seed, g, f)
					}
				}
			}
			if atOnce > mostAtOnce {
				t.Fatalf("seed %d: %d faults at once at %v", seed, atOnce, f.At)
			}
		}
	}
	for _, k := range mix.Kinds {
		if !seen[k.Kind] {
			t.Errorf("no plan has %q", k.Kind)
		}
	}
}

func TestPlan_LeavesOutWhatCannotBeDone(t *testing.T) {
	t.Parallel()
	mix, _ := Find(Mix)
	o := options(1, mix)
	o.Can = func(k Kind) bool { return k == Stop }
	faults := Plan(o)
	if len(faults) == 0 || slices.ContainsFunc(faults, func(f Fault) bool { return f.Kind != Stop }) {
		t.Errorf("%v, want some of %q only", faults, Stop)
	}
	o.Can = func(Kind) bool { return false }
	if faults := Plan(o); len(faults) > 0 {
		t.Errorf("%v, want none", faults)
	}
}

func TestCases(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range Cases {
		if names[c.Name] || c.About == "" || len(c.Kinds) == 0 {
			t.Errorf("%+v: want a name of its own, a text and faults", c)
		}
		names[c.Name] = true
		if found, ok := Find(c.Name); !ok || found.About != c.About {
			t.Errorf("%s is not found by its name", c.Name)
		}
		o := options(1, c)
		o.Length = time.Minute
		if len(Plan(o)) == 0 {
			t.Errorf("%s has no fault in a minute", c.Name)
		}
		if (c.Broken != "" || c.OpenResource) != (c.Breach != "") || (c.Assumption != "") != (len(c.Allowed) > 0) {
			t.Errorf("%s: what is broken and what must be found do not go together", c.Name)
		}
	}
	if _, ok := Find("no such case"); ok {
		t.Error("a case is found that there is not")
	}
}
