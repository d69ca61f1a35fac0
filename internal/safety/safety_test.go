package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
)

// TestMain also lets the experiments start this test binary as a worker.
func TestMain(m *testing.M) {
	asWorker()
	os.Exit(m.Run())
}

// The experiments of the command with fewer runs; they wait most of the time.
func TestExperiments(t *testing.T) {
	t.Parallel()
	endpoint := etcdtest.Start(t, etcdserver.Options{}).Endpoints()[0]
	seed := rand.Uint64()
	for name, run := range map[string]func(context.Context) *verdict{
		"cut": func(ctx context.Context) *verdict {
			return cutExperiment(ctx, endpoint, seed, []time.Duration{0, time.Second, 2 * time.Second}, 4)
		},
		"silent":  func(ctx context.Context) *verdict { return silentExperiment(ctx, endpoint, false) },
		"leader":  func(ctx context.Context) *verdict { return leaderExperiment(ctx, 3) },
		"restart": func(ctx context.Context) *verdict { return restartExperiment(ctx, 2, 1) },
		"stop":    func(ctx context.Context) *verdict { return stopExperiment(ctx, endpoint, seed, 2, 4) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := run(t.Context())
			t.Logf("seed %d\n%v", seed, v)
			if len(v.faults) > 0 {
				t.Errorf("%d faults", len(v.faults))
			}
		})
	}
}

// ran returns what a run of cut looks like in which Tenure stopped m before the
// deletion, which was seen a little later.
func ran(m time.Duration) pairOfRuns {
	now := time.Now()
	return pairOfRuns{
		ours:   outcome{stopped: now, died: death{now.Add(m), now.Add(m + 20*time.Millisecond)}},
		theirs: outcome{stopped: now.Add(time.Second), died: death{now, now}},
		cut:    now.Add(-time.Second),
	}
}

func TestCutReport_BlamesTenureUnlessItSurelyStoppedFirst(t *testing.T) {
	t.Parallel()
	for margin, want := range map[time.Duration]int{-time.Second: 1, -time.Millisecond: 1, 0: 1, 1: 0, time.Second: 0} {
		v := &verdict{}
		cutReport(v, []pairOfRuns{ran(time.Second), ran(margin)}, []time.Duration{0})
		if len(v.faults) != want {
			t.Errorf("margin %v: %d faults, want %d: %v", margin, len(v.faults), want, v)
		}
	}
}

func TestCutReport_DoesNotPassWithoutRuns(t *testing.T) {
	t.Parallel()
	v := &verdict{}
	cutReport(v, nil, []time.Duration{0})
	if len(v.faults) != 1 {
		t.Errorf("%d faults, want 1: %v", len(v.faults), v)
	}
}

func TestStopReport_Judges(t *testing.T) {
	t.Parallel()
	good := tally{stops: 4, terms: 3, accepted: 100, late: 2, refused: 1, most: 1}
	for name, test := range map[string]struct {
		change func(*tally)
		want   int
	}{
		"one late write after a stop":  {func(*tally) {}, 0},
		"two late writes after a stop": {func(s *tally) { s.most = 2 }, 1},
		"two workers with one token":   {func(s *tally) { s.twice = 1 }, 1},
		"a stop is missing":            {func(s *tally) { s.stops = 3 }, 1},
		"no takeover":                  {func(s *tally) { s.terms = 1 }, 1},
	} {
		seen := good
		test.change(&seen)
		v := &verdict{}
		stopReport(v, []tally{seen}, nil, 4)
		if len(v.faults) != test.want {
			t.Errorf("%s: %d faults, want %d: %v", name, len(v.faults), test.want, v)
		}
	}
}

func TestResource_RefusesSmallerTokensAndCountsThemForTheLastStop(t *testing.T) {
	t.Parallel()
	r := &resource{elections: map[string]*register{}}
	a, b := &worker{name: "a"}, &worker{name: "b"}
	r.add("job", a)
	r.add("job", b)
	if !r.write("job", a, 5) {
		t.Fatal("the first token was refused")
	}
	r.stopped("job")
	if !r.write("job", b, 6) {
		t.Fatal("a larger token was refused")
	}
	for range 2 {
		if r.write("job", a, 5) {
			t.Fatal("a smaller token was taken")
		}
	}
	r.election("job").dead[6] = true
	r.write("job", b, 6) // nobody follows yet, but the lease is over
	r.write("job", a, 6)
	got := r.tally(&pair{election: "job"})
	if want := (tally{stops: 1, terms: 2, accepted: 4, late: 4, refused: 2, most: 3, twice: 1}); got != want {
		t.Errorf("tally %+v, want %+v", got, want)
	}
}

func TestDeaths_SayWhenAKeyWasDeleted(t *testing.T) {
	t.Parallel()
	client, err := dial(time.Second, etcdtest.Start(t, etcdserver.Options{}).Endpoints()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if _, err := client.Put(t.Context(), "key", ""); err != nil {
		t.Fatal(err)
	}
	var watches []*deaths
	var died []<-chan death
	for _, name := range []string{"first", "second"} { // side by side, as the experiments are
		d, err := watchDeaths(t.Context(), client, name)
		if err != nil {
			t.Fatal(err)
		}
		watches, died = append(watches, d), append(died, d.of("key"))
		if err := pause(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now()
	if _, err := client.Delete(t.Context(), "key"); err != nil {
		t.Fatal(err)
	}
	after := time.Now()
	for i, d := range watches {
		select {
		case at := <-died[i]:
			// Half a second would be an extremely slow probe; another watch's is a second off.
			if at.earliest.After(after) || before.Sub(at.earliest) > time.Second/2 || at.seen.Before(before) || at.earliest.Equal(d.begun) {
				t.Errorf("watch %d: deleted from %v to %v after the request was sent, the answer came after %v",
					i, at.earliest.Sub(before), at.seen.Sub(before), after.Sub(before))
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the deletion was not seen")
		}
	}
}

func TestVerdict_SaysFailAndWhy(t *testing.T) {
	t.Parallel()
	v := &verdict{name: "x"}
	v.line("figure")
	if text := v.String(); !strings.HasPrefix(text, "PASS x\n") || !strings.Contains(text, "figure") {
		t.Errorf("%q", text)
	}
	v.fault("reason %d", 1)
	if text := v.String(); !strings.HasPrefix(text, "FAIL x\n") || !strings.Contains(text, "reason 1") {
		t.Errorf("%q", text)
	}
}

func TestWorker_RefusesAnOrderItCannotRead(t *testing.T) {
	t.Parallel()
	if err := runWorker("too short"); err == nil || !strings.Contains(err.Error(), workerEnv) {
		t.Errorf("error %v, want one that names %s", err, workerEnv)
	}
}

func TestOrder_SurvivesTheEnvironment(t *testing.T) {
	t.Parallel()
	o := order{"127.0.0.1:1", "127.0.0.1:2", "job-1", "job-1a", guardCheck}
	var got order
	if _, err := fmt.Fscan(bytes.NewBufferString(o.String()), &got.resource, &got.endpoint, &got.election, &got.name, &got.guard); err != nil || got != o {
		t.Errorf("%+v, %v, want %+v", got, err, o)
	}
}
