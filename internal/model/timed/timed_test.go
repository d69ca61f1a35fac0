package timed

import (
	"strings"
	"testing"
)

// The library's rule holds, and each broken variant breaks what is named for it:
// a check that cannot fail proves nothing.
func TestModelOfTheTrustWindow(t *testing.T) {
	t.Parallel()
	for _, v := range Variants() {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && v.AtLeast > 100_000 {
				t.Skip("-short: half a million states")
			}
			got := Check(v)
			t.Log(got)
			switch {
			case v.Breaks == "" && got.Broken != "":
				t.Errorf("%v\n%s", got, strings.Join(got.Trace, "\n"))
			case v.Breaks != "" && (got.Broken == "" || len(got.Trace) == 0):
				t.Errorf("nothing breaks %s", v.Breaks)
			case v.Breaks == "" && got.States < v.AtLeast:
				t.Errorf("only %d states, at least %d are known: the world can do less than it could", got.States, v.AtLeast)
			}
		})
	}
}
