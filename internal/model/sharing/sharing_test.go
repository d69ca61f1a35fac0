package sharing

import (
	"strings"
	"testing"
)

// Within small bounds every partition comes to an owner. `make model` takes
// larger ones.
func TestModelOfSharing(t *testing.T) {
	t.Parallel()
	variants := Small()
	if testing.Short() {
		variants = variants[:1]
	}
	for _, v := range variants {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			got := Check(v)
			t.Log(got)
			if got.Broken != "" || !got.Full {
				t.Errorf("%v\n%s", got, strings.Join(got.Trace, "\n"))
			}
			if got.States < v.AtLeast {
				t.Errorf("only %d states, at least %d are known: the world can do less than it could", got.States, v.AtLeast)
			}
		})
	}
}

// A check that cannot fail proves nothing.
func TestModelOfSharingCatchesMutants(t *testing.T) {
	t.Parallel()
	for _, v := range Mutants() {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			got := Check(v)
			t.Log(got)
			if !strings.HasPrefix(got.Broken, orphan) || len(got.Trace) == 0 {
				t.Errorf("%v, want an orphan with a trace", got)
			}
		})
	}
}
