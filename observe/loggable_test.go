package observe_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/observe"
)

func TestLoggable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ value, want any }{
		{nil, nil},
		{error(nil), nil},
		{true, true},
		{7, int64(7)},
		{int64(-7), int64(-7)},
		{uint64(1) << 62, uint64(1) << 62},
		{time.Second, time.Second},
		{"orders", "orders"},
		{"größe", "größe"},
		{`C:\orders "7"`, `C:\orders "7"`},
		{"a\nlevel=ERROR msg=forged", `a\nlevel=ERROR msg=forged`},
		{"a\r\tb", `a\r\tb`},
		{"\x1b[2J", `\x1b[2J`},
		{"line\u2028separator", `line\u2028separator`},
		{"right\u202eleft", `right\u202eleft`},
		{"bad \xff", `bad \xff`},
		{"a\u0085b", `a\u0085b`},
		{errors.Join(errors.New("one"), errors.New("two")), `one\ntwo`},
		{struct{ A string }{"x\ny"}, `{x\ny}`},
	} {
		if got := (observe.Field{Key: "k", Value: test.value}).Loggable(); got != test.want {
			t.Errorf("Loggable of %#v = %#v, want %#v", test.value, got, test.want)
		}
	}
}

// verbose is an error whose long form shows what its text does not.
type verbose struct{ password string }

func (verbose) Error() string { return "access denied" }

func (v verbose) Format(s fmt.State, verb rune) {
	if verb == 'v' && s.Flag('+') {
		_, _ = fmt.Fprintf(s, "access denied with password %s", v.password)
		return
	}
	_, _ = fmt.Fprint(s, v.Error())
}

func TestLoggable_TakesOnlyTheTextOfAnError(t *testing.T) {
	t.Parallel()
	got := observe.Field{Key: "error", Value: verbose{"hunter2"}}.Loggable()
	if got != "access denied" || strings.Contains(fmt.Sprint(got), "hunter2") {
		t.Errorf("Loggable = %v", got)
	}
}
