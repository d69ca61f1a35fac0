package plan_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/partitions/plan"
)

func TestIndexSet_Forms(t *testing.T) {
	t.Parallel()
	every := plan.IndexSet{}
	for i := range 1000 {
		if i%2 == 0 {
			every.Add(i)
		}
	}
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = i
	}
	for name, test := range map[string]struct {
		set  plan.IndexSet
		want string
	}{
		"empty":   {plan.IndexSet{}, ""},
		"one":     {plan.SetOf(120), "r120"},
		"ranges":  {plan.SetOf(append(hundred, 120)...), "r0-99,120"},
		"few":     {plan.SetOf(0, 1, 2, 3, 9), "bDwI"},
		"outside": {plan.SetOf(-1, plan.MaxPartitions), ""},
		"every second of many is shorter as a bitmap": {every, "b" + strings.Repeat("VVVV", 41) + "VVU"},
	} {
		got, err := test.set.MarshalText()
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}

func TestIndexSet_RoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		indexes := rapid.SliceOf(rapid.IntRange(0, 5000)).Draw(t, "indexes")
		set := plan.SetOf(indexes...)
		text, err := set.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back plan.IndexSet
		if err := back.UnmarshalText(text); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if !back.Equal(set) || !back.Covers(set) || !set.Covers(back) || back.Len() != set.Len() {
			t.Fatalf("%v came back as %v", indexes, slices.Collect(back.All))
		}
		slices.Sort(indexes)
		if all := slices.Collect(set.All); !slices.Equal(all, slices.Compact(indexes)) {
			t.Fatalf("All gives %v for %v", all, indexes)
		}
	})
}

func TestIndexSet_Relations(t *testing.T) {
	t.Parallel()
	small, large := plan.SetOf(1, 70), plan.SetOf(1, 2, 70, 200)
	if !large.Covers(small) || small.Covers(large) || small.Equal(large) || !small.Equal(plan.SetOf(70, 1)) {
		t.Error("Covers or Equal is wrong")
	}
	if !small.Covers(plan.IndexSet{}) || small.Has(-1) || small.Has(2) || small.Has(1<<30) || !small.Has(70) {
		t.Error("Covers or Has is wrong at the edges")
	}
	for i := range large.All {
		if i == 2 {
			break // must not go on
		}
	}
}

func TestIndexSet_Malformed(t *testing.T) {
	t.Parallel()
	beyond := make([]byte, plan.MaxPartitions)
	for _, text := range []string{
		"x1", "r", "r-1", "r1-", "r5-3", "r1,1", "r3,1", "r0-5,5-6", "r1048576", "r0-1048576", "r1x", "r1--2",
		"b!", "b" + base64.RawStdEncoding.EncodeToString(beyond), "r99999999999999999999",
	} {
		var s plan.IndexSet
		if err := s.UnmarshalText([]byte(text)); !errors.Is(err, plan.ErrMalformed) {
			t.Errorf("%.30q: %v, want ErrMalformed", text, err)
		}
	}
}

func FuzzIndexSet(f *testing.F) {
	for _, seed := range []string{"", "r0", "r0-99,120", "bVVU", "b", "r1,0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s plan.IndexSet
		if err := s.UnmarshalText([]byte(text)); err != nil {
			if !errors.Is(err, plan.ErrMalformed) {
				t.Errorf("%q: %v is no ErrMalformed", text, err)
			}
			return
		}
		again, err := s.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back plan.IndexSet
		if err := back.UnmarshalText(again); err != nil || !back.Equal(s) {
			t.Errorf("%q was written as %q and read as %d indexes, %v", text, again, back.Len(), err)
		}
	})
}
