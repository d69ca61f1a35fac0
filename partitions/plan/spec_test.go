package plan_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tenure-go/tenure/partitions/plan"
)

func TestSpec_Resize(t *testing.T) {
	t.Parallel()
	count := plan.Spec{Protocol: 1, MinProtocol: 1, Count: 3}
	named, changed := count.Resize([]string{"0", "2", "x"})
	if !changed || named.Count != 0 || !slices.Equal(named.Names, []string{"0", "1", "2", "x"}) || !named.Retired.Equal(plan.SetOf(1)) {
		t.Errorf("three, less one, and x: %+v, changed %v", named, changed)
	}
	back, changed := named.Resize([]string{"1", "0", "2"})
	if !changed || !slices.Equal(back.Names, named.Names) || !back.Retired.Equal(plan.SetOf(3)) {
		t.Errorf("1 back, x retired: %+v, changed %v", back, changed)
	}
	if same, changed := back.Resize([]string{"0", "1", "2"}); changed || !slices.Equal(same.InUse(), []string{"0", "1", "2"}) {
		t.Errorf("the same again: %+v, changed %v", same, changed)
	}
	if count.Names != nil || named.Index()["x"] != 3 || named.Name(3) != "x" || named.Len() != 4 {
		t.Errorf("an index has changed: %+v, %+v", count, named)
	}
}

func TestSpec_Check(t *testing.T) {
	t.Parallel()
	good := plan.Spec{Protocol: 1, MinProtocol: 1, Count: 3}
	if err := good.Check(); err != nil {
		t.Errorf("a good one: %v", err)
	}
	for name, change := range map[string]func(*plan.Spec){
		"a negative count":       func(s *plan.Spec) { s.Count = -1 },
		"too many":               func(s *plan.Spec) { s.Count = plan.MaxPartitions + 1 },
		"a name twice":           func(s *plan.Spec) { s.Count, s.Names = 0, []string{"a", "b", "a"} },
		"a later protocol":       func(s *plan.Spec) { s.MinProtocol = plan.Protocol + 1 },
		"a protocol that is old": func(s *plan.Spec) { s.Protocol = plan.OldestProtocol - 1 },
	} {
		s := good
		change(&s)
		if err := s.Check(); !errors.Is(err, plan.ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
}
