package replay

import (
	"strings"
	"testing"

	"github.com/tenure-go/tenure/internal/rivals"
	"github.com/tenure-go/tenure/internal/trace"
)

func parse(t *testing.T, text string) *trace.Trace {
	t.Helper()
	parsed, err := trace.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func play(t *testing.T, tr *trace.Trace, p Planner) *Result {
	t.Helper()
	result, err := Play(t.Context(), tr, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// heir is a strategy that leaves everything where it is and gives orphans to the first
// member that stays.
func heir(g rivals.Group) []int32 {
	owner := make([]int32, len(g.Owner))
	for p, from := range g.Owner {
		owner[p] = from
		if from != rivals.NoOwner && !g.Members[from].Leaving && !g.Members[from].Away {
			continue
		}
		owner[p] = rivals.NoOwner
		for i, m := range g.Members {
			if !m.Leaving && !m.Away {
				owner[p] = int32(i)
				break
			}
		}
	}
	return owner
}

func strategy(plan func(rivals.Group) []int32) Planner {
	return Rival(rivals.Strategy{Name: "test", Plan: plan})
}
