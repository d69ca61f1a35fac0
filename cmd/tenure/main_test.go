package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/internal/replay"
)

var update = flag.Bool("update", false, "write testdata anew, to be read before it is committed")

// tenure runs the command in process.
func tenure(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestSim_PlaysATrace(t *testing.T) {
	t.Parallel()
	code, got, errs := tenure(t, "sim", "-trace", "testdata/story.trace", "-against", "kafka,modulo", "-times=false")
	if code != exitOK || errs != "" {
		t.Errorf("exit code %d, stderr %q", code, errs)
	}
	const golden = "testdata/story.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSim_IsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"deploy", "autoscale", "outage", "hot", "mixed"} {
		args := []string{"sim", "-generate", kind, "-partitions", "200", "-members", "8", "-seed", "3", "-times=false"}
		code, first, _ := tenure(t, args...)
		_, second, _ := tenure(t, args...)
		if code != exitOK || first != second || strings.Count(first, "\n") < 14 {
			t.Errorf("%s: exit code %d, first\n%s\nthen\n%s", kind, code, first, second)
		}
	}
}

func TestSim_KeepsTheTraceThatItMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "hot.trace")
	_, made, _ := tenure(t, "sim", "-generate", "hot", "-partitions", "50", "-members", "4", "-write", file, "-against", "none", "-times=false")
	code, read, errs := tenure(t, "sim", "-trace", file, "-against", "none", "-times=false")
	_, made, _ = strings.Cut(made, "\n") // the title
	_, read, _ = strings.Cut(read, "\n")
	if code != exitOK || made != read || made == "" {
		t.Errorf("exit code %d, %s; made\n%s\nread\n%s", code, errs, made, read)
	}
}

func TestSim_ReadsStandardInput(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	a := &app{ours: replay.Tenure(), stdin: strings.NewReader("partitions 4\n0s join a\n"), stdout: &output{Writer: &out}, stderr: &errs}
	if code := a.run(t.Context(), []string{"sim", "-trace", "-", "-against", "none"}); code != exitOK || !strings.Contains(out.String(), "-: 4 partitions; 1 joins") {
		t.Errorf("exit code %d, stdout %s, stderr %s", code, &out, &errs)
	}
}

func TestSim_PrintsTimesApart(t *testing.T) {
	t.Parallel()
	args := []string{"sim", "-trace", "testdata/story.trace", "-against", "none"}
	_, with, _ := tenure(t, args...)
	_, without, _ := tenure(t, append(args, "-times=false")...)
	begin, rest, found := strings.Cut(with, "\nThe time that planning took")
	_, end, _ := strings.Cut(rest, "\n\n")
	if !found || begin+"\n"+end != without || !strings.Contains(rest, " ms") {
		t.Errorf("with times\n%s\nwithout\n%s", with, without)
	}
}

// A planner under our name that leaves everything where it is.
func TestSim_FailsOnABrokenPromise(t *testing.T) {
	t.Parallel()
	lazy := replay.Tenure()
	plan := lazy.Plan
	lazy.Plan = func(v replay.View) (replay.Answer, error) {
		a, err := plan(v)
		if v.Owner[0] >= 0 {
			a.Owner = v.Owner
		}
		return a, err
	}
	var out, errs bytes.Buffer
	a := &app{ours: lazy, stdout: &output{Writer: &out}, stderr: &errs}
	code := a.run(t.Context(), []string{"sim", "-generate", "autoscale", "-partitions", "64", "-members", "8", "-against", "none"})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	last := lines[len(lines)-1]
	if code != exitFailed || !strings.HasPrefix(last, "sim: FAILED, ") || !strings.HasPrefix(errs.String(), "tenure: tenure broke ") {
		t.Errorf("exit code %d, last line %q, stderr %q", code, last, &errs)
	}
	if shown := strings.Count(out.String(), "broke a promise at "); shown != shownBreaches {
		t.Errorf("%d broken promises are shown, want %d", shown, shownBreaches)
	}
}

func TestSim_PlaysADeploymentUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	code, got, _ := tenure(t, "sim", "-against", "none", "-times=false")
	if code != exitOK || !strings.HasPrefix(got, "deploy, seed 1: 1024 partitions") {
		t.Errorf("exit code %d, printed\n%s", code, got)
	}
}

func TestRun_HelpIsUseful(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"USAGE", "sim"}},
		{[]string{"help"}, []string{"USAGE", "sim"}},
		{[]string{"-h"}, []string{"USAGE", "sim"}},
		{[]string{"sim", "-h"}, []string{"-trace", "-generate", "autoscale", "outage", "tables", "-chart", "-against", "-seed", "-write", "-times"}},
		{[]string{"help", "sim"}, []string{"-trace", "-generate"}},
		{[]string{"sim", "tables", "-h"}, []string{"tenure sim tables"}},
	} {
		code, out, errs := tenure(t, test.args...)
		if code != exitOK || errs != "" {
			t.Errorf("%q: exit code %d, stderr %q", test.args, code, errs)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%q: no %q in\n%s", test.args, want, out)
			}
		}
	}
}

func TestRun_BadInputIsOneLine(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken.trace")
	if err := os.WriteFile(broken, []byte("partitions 4\n1m dance\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	deploy := []string{"sim", "-generate", "deploy"}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"dance"}, `there is no command "dance"`},
		{[]string{"help", "dance"}, "dance"},
		{[]string{"-dance"}, "-dance"},
		{[]string{"sim", "-trace", broken, "-generate", "hot"}, "give either -trace FILE or -generate KIND"},
		{[]string{"sim", "-dance"}, "-dance"},
		{[]string{"sim", "dance"}, `"dance" is not expected after sim`},
		{[]string{"sim", "tables", "dance"}, `"dance" is not expected after tables`},
		{[]string{"sim", "tables", "-dance"}, "-dance"},
		{[]string{"sim", "-generate", "dance"}, `unknown kind of trace "dance"; give one of deploy, autoscale, outage, hot, mixed`},
		{append(deploy, "-partitions", "many"), "-partitions"},
		{append(deploy, "-partitions", "0"), "0 partitions; give 1 to 1000000"},
		{append(deploy, "-members", "1"), "1 members; give 2 to 10000"},
		{append(deploy, "-seed", "-1"), "-seed"},
		{append(deploy, "-seed"), "-seed"},
		{append(deploy, "-against", "nobody"), `no rival is called "nobody"; there are kafka`},
		{append(deploy, "-against", "kafka,nobody"), `no rival is called "nobody"`},
		{append(deploy, "-chart", "chart.gif"), `a chart in "chart.gif"; give a name that ends in .svg or .png`},
		{append(deploy, "-chart", "no/such/folder/chart.svg"), "no such file"},
		{append(deploy, "-write", "no/such/folder/trace"), "no such file"},
		{[]string{"sim", "-trace", "no.trace"}, "open no.trace: no such file"},
		{[]string{"sim", "-trace", broken}, `broken.trace: invalid trace: line 2: unknown event "dance"`},
		{[]string{"sim", "-trace", broken, "-seed", "3"}, "-seed goes with -generate, not with -trace"},
	} {
		code, out, errs := tenure(t, test.args...)
		if code != exitUsage || out != "" || !strings.Contains(errs, test.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q; want code 2 and one line with %q", test.args, code, out, errs, test.want)
		}
	}
}

func TestRun_EndsWhenInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	for _, args := range [][]string{{"sim", "-generate", "mixed"}, {"sim", "tables"}} {
		var out, errs bytes.Buffer
		if code := run(ctx, args, &out, &errs); code != exitInterrupted || errs.String() != "tenure: interrupted\n" || out.Len() > 0 {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", args, code, &out, &errs)
		}
	}
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestRun_FailsWhenNothingCanBePrinted(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"sim", "-trace", "testdata/story.trace"}, full{}, &errs); code != exitFailed || errs.String() != "tenure: no space left\n" {
		t.Errorf("exit code %d, stderr %q", code, &errs)
	}
}

func TestSimTables_PrintsThem(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: all scenarios take most of a minute")
	}
	code, out, errs := tenure(t, "sim", "tables")
	if code != exitOK || !strings.Contains(out, "tenure ") || !strings.Contains(errs, "sim: ") {
		t.Errorf("exit code %d, stdout\n%s\nstderr\n%s", code, out, errs)
	}
}
