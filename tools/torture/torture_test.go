package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/tools/torture/checks"
	"github.com/tenure-go/tenure/tools/torture/nemesis"
	"github.com/tenure-go/tenure/tools/torture/report"
	"github.com/tenure-go/tenure/tools/torture/rig"
	"github.com/tenure-go/tenure/tools/torture/worker"
)

// TestMain lets the test binary be the worker processes, too.
func TestMain(m *testing.M) {
	worker.Main()
	rig.Spin()
	os.Exit(m.Run())
}

// play runs a case on etcd, or on SQLite where there is no etcd.
func play(t *testing.T, name string, seed uint64, length time.Duration) *rig.Outcome {
	t.Helper()
	c, ok := nemesis.Find(name)
	if !ok {
		t.Fatalf("no case %q", name)
	}
	backend := "etcd"
	if _, err := etcdserver.Binary(); err != nil {
		if !errors.Is(err, etcdserver.ErrNoBinary) {
			t.Fatal(err)
		}
		backend = "sqlite"
	}
	out, err := rig.Run(t.Context(), rig.Options{
		Backend: backend, Case: c, Seed: seed, Length: length, TTL: 2 * time.Second, Workers: 3, Partitions: 9, Out: t.Output(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A short run of everything, with the report that a user sees.
func TestMix_BreaksNothing(t *testing.T) {
	t.Parallel()
	out := play(t, nemesis.Mix, 1, 12*time.Second)
	chart := filepath.Join(t.TempDir(), "chart.svg")
	if !report.Print(t.Output(), out, chart) {
		t.Errorf("seed %d: see the report above", out.Options.Seed)
	}
	for _, r := range out.Results {
		if r.Looked == 0 {
			t.Errorf("%s, %s, looked at nothing", r.ID, r.About)
		}
	}
	picture, err := os.ReadFile(chart)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range out.History.Partitions {
		if !strings.Contains(string(picture), "partition "+p) {
			t.Errorf("the picture has no row for partition %s", p)
		}
	}
}

// The whole chain sees what is wrong with workers that take no notice of Check.
func TestBrokenWorkersAreFound(t *testing.T) {
	t.Parallel()
	out := play(t, "broken-deaf", 1, 10*time.Second)
	i := slices.IndexFunc(out.Results, func(r checks.Result) bool { return r.ID == "S2" })
	if len(out.Results[i].Findings) == 0 {
		t.Error("workers that take no notice of Check were not found")
	}
	if v := report.Judge(out); len(v.Faults) > 0 {
		t.Errorf("%v, want no fault: the breach is what the case expects", v.Faults)
	}
	out.Options.Case.Breach = ""
	if v := report.Judge(out); !slices.ContainsFunc(v.Faults, func(f string) bool { return strings.HasPrefix(f, "S2 violated") }) {
		t.Errorf("%v, want S2 among them", v.Faults)
	}
}
